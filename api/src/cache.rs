//! Values kept by the bytes they were asked for with; those used least recently make room.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// A cache bounded in bytes.
#[derive(Debug)]
pub(crate) struct Cache<V> {
    bytes_at_most: usize,
    kept: Mutex<Kept<V>>,
}

#[derive(Debug)]
struct Kept<V> {
    entries: HashMap<Arc<[u8]>, Entry<V>>,
    /// Keys by when they were last used, the oldest first.
    order: BTreeMap<u64, Arc<[u8]>>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    bytes: usize,
    used: u64,
}

/// What an entry takes beside its key and its value, about.
const OVERHEAD: usize = 192;

impl<V: Clone> Cache<V> {
    pub(crate) fn new(bytes_at_most: usize) -> Self {
        let kept = Kept { entries: HashMap::new(), order: BTreeMap::new(), bytes: 0, clock: 0 };
        Self { bytes_at_most, kept: Mutex::new(kept) }
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<V> {
        let mut guard = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *guard;
        let entry = kept.entries.get_mut(key)?;
        kept.clock += 1;
        if let Some(key) = kept.order.remove(&entry.used) {
            kept.order.insert(kept.clock, key);
        }
        entry.used = kept.clock;
        Some(entry.value.clone())
    }

    /// Keeps a value of about so many bytes, unless it alone is too large.
    pub(crate) fn put(&self, key: &[u8], value: V, bytes: usize) {
        let bytes = bytes.saturating_add(key.len()).saturating_add(OVERHEAD);
        if bytes > self.bytes_at_most {
            return;
        }
        let key: Arc<[u8]> = key.into();
        let mut guard = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *guard;
        kept.clock += 1;
        let entry = Entry { value, bytes, used: kept.clock };
        if let Some(before) = kept.entries.insert(Arc::clone(&key), entry) {
            kept.order.remove(&before.used);
            kept.bytes -= before.bytes;
        }
        kept.order.insert(kept.clock, key);
        kept.bytes += bytes;
        while kept.bytes > self.bytes_at_most {
            let Some((_, oldest)) = kept.order.pop_first() else { break };
            if let Some(entry) = kept.entries.remove(&oldest) {
                kept.bytes -= entry.bytes;
            }
        }
    }

    /// Bytes it holds, about.
    pub(crate) fn bytes(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_make_room() {
        let cache = Cache::new(3 * (OVERHEAD + 101));
        for key in [b"a", b"b", b"c"] {
            cache.put(key, key.to_vec(), 100);
        }
        assert_eq!(cache.get(b"a"), Some(b"a".to_vec()));
        cache.put(b"d", b"d".to_vec(), 100);
        assert_eq!(cache.get(b"b"), None);
        for key in [b"a", b"c", b"d"] {
            assert_eq!(cache.get(key), Some(key.to_vec()));
        }
        assert_eq!(cache.bytes(), 3 * (OVERHEAD + 101));
    }

    #[test]
    fn a_key_put_again_counts_once_and_too_large_a_value_is_not_kept() {
        let cache = Cache::new(1_000);
        cache.put(b"a", 1, 100);
        cache.put(b"a", 2, 200);
        assert_eq!((cache.get(b"a"), cache.bytes()), (Some(2), OVERHEAD + 201));
        cache.put(b"b", 3, 1_000);
        assert_eq!((cache.get(b"b"), cache.get(b"a")), (None, Some(2)));
    }

    #[test]
    fn nothing_is_kept_in_no_bytes() {
        let cache = Cache::new(0);
        cache.put(b"", 1, 0);
        assert_eq!(cache.get(b""), None);
    }
}
