//! Answers kept for the next request that is the same.
//!
//! An answer that is made of the request and of the calls alone lasts as long as the process. One that is made of listings as well
//! lasts as long as the directory does not change: it is kept by the edition it is of. Its fields say so where they are declared,
//! by `cache_control(max_age = 1)`; those whose answers are never kept, by `cache_control(no_cache)` (or `private`). Answers with
//! errors are not kept either: they carry ids, and are cheap to make again.

use actix_web::web::Bytes;
use eligibility::Lang;
use eligibility::date::Date;

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

/// A state of the directory, and the day.
pub(crate) type Edition = (u64, Date);

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

    /// The same request to one edition.
    pub(crate) fn of_edition(&self, (generation, day): Edition) -> Self {
        let mut key = Vec::with_capacity(self.0.len() + 16);
        // No other key begins like this.
        key.push(u8::MAX);
        key.extend_from_slice(&generation.to_le_bytes());
        key.extend_from_slice(&day.year().to_le_bytes());
        key.extend_from_slice(&day.day_of_year().to_le_bytes());
        key.extend_from_slice(&self.0);
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
    fn an_answer_of_one_edition_is_not_that_of_another() {
        let answers = Answers::new(10_000);
        let key = Key::new(b"x", true, Media::Json, Lang::En);
        let day = |text| eligibility::date::parse_day(text).expect("a day");
        let edition = (7, day("2026-01-01"));
        answers.put(&key.of_edition(edition), Kept { body: Bytes::from_static(b"{}"), operation: None });
        assert!(answers.get(&key.of_edition(edition)).is_some());
        assert!(answers.get(&key).is_none());
        assert!(answers.get(&key.of_edition((8, day("2026-01-01")))).is_none());
        assert!(answers.get(&key.of_edition((7, day("2026-01-02")))).is_none());
        assert!(answers.get(&key.of_edition((7, day("2027-01-01")))).is_none());
    }

    #[test]
    fn it_can_be_off() {
        let answers = Answers::new(0);
        let key = Key::new(b"x", true, Media::Json, Lang::En);
        answers.put(&key, Kept { body: Bytes::new(), operation: None });
        assert!(!answers.is_on() && answers.get(&key).is_none() && answers.bytes() == 0);
    }
}
