//! Answers kept for the next request that is the same.
//!
//! Today every answer is a function of the request and of the calls that were loaded at the start, so the same question gets the
//! same bytes until the process ends, and nothing has to be taken out. A field whose answer may change opts out where it is
//! declared, by `cache_control(no_cache)` (or `private`): an answer that holds one is never kept. Answers with errors are not
//! kept either: they carry ids, and are cheap to make again.

use actix_web::web::Bytes;
use eligibility::Lang;

use crate::cache::Cache;
use crate::http::negotiate::Media;

/// The answers.
#[derive(Debug)]
pub(crate) struct Answers {
    kept: Option<Cache<Kept>>,
}

/// An answer, and the operation it is of.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) body: Bytes,
    pub(crate) operation: Option<String>,
}

/// What makes two requests the same: the bytes they are of, and what they accept.
#[derive(Debug)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    pub(crate) fn new(asked: &[u8], is_body: bool, media: Media, lang: Lang) -> Self {
        let mut key = Vec::with_capacity(asked.len() + 1);
        let flags = [is_body, media == Media::Json, lang == Lang::Zh];
        key.push(flags.iter().fold(0, |sum, flag| sum * 2 + u8::from(*flag)));
        key.extend_from_slice(asked);
        Self(key)
    }
}

impl Answers {
    pub(crate) fn new(bytes_at_most: usize) -> Self {
        Self { kept: (bytes_at_most > 0).then(|| Cache::new(bytes_at_most)) }
    }

    /// Whether any answer is kept.
    pub(crate) fn is_on(&self) -> bool {
        self.kept.is_some()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Kept> {
        self.kept.as_ref()?.get(&key.0)
    }

    pub(crate) fn put(&self, key: &Key, answer: Kept) {
        if let Some(kept) = &self.kept {
            let bytes = answer.body.len() + answer.operation.as_ref().map_or(0, String::len);
            kept.put(&key.0, answer, bytes);
        }
    }

    /// Bytes it holds, about.
    pub(crate) fn bytes(&self) -> usize {
        self.kept.as_ref().map_or(0, Cache::bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_the_same_only_with_all_it_depends_on() {
        let answers = Answers::new(10_000);
        let key = |is_body, media, lang| Key::new(b"x", is_body, media, lang);
        let first = key(true, Media::Json, Lang::En);
        answers.put(&first, Kept { body: Bytes::from_static(b"{}"), operation: None });
        assert!(answers.get(&first).is_some());
        for other in [
            key(false, Media::Json, Lang::En),
            key(true, Media::GraphqlResponse, Lang::En),
            key(true, Media::Json, Lang::Zh),
            Key::new(b"y", true, Media::Json, Lang::En),
        ] {
            assert!(answers.get(&other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn it_can_be_off() {
        let answers = Answers::new(0);
        let key = Key::new(b"x", true, Media::Json, Lang::En);
        answers.put(&key, Kept { body: Bytes::new(), operation: None });
        assert!(!answers.is_on() && answers.get(&key).is_none() && answers.bytes() == 0);
    }
}
