//! A few words on the stack, many on the heap.

use std::ops::{Deref, DerefMut};

/// The most words that need no allocation: the sum of products of six words each, with one word before the point.
const INLINE: usize = 13;

/// A list of words whose length does not change.
#[derive(Clone, Debug)]
pub(super) struct Words {
    len: usize,
    inline: [u64; INLINE],
    /// All of them where they are too many.
    heap: Vec<u64>,
}

impl Words {
    pub(super) fn zeros(len: usize) -> Words {
        let heap = if len > INLINE { vec![0; len] } else { vec![] };
        Words {
            len,
            inline: [0; INLINE],
            heap,
        }
    }
}

impl Deref for Words {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        match self.len {
            0..=INLINE => &self.inline[..self.len],
            _ => &self.heap,
        }
    }
}

impl DerefMut for Words {
    fn deref_mut(&mut self) -> &mut [u64] {
        match self.len {
            0..=INLINE => &mut self.inline[..self.len],
            _ => &mut self.heap,
        }
    }
}
