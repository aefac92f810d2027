//! What a child keeps between requests: no more than it needs.
#![cfg_attr(target_env = "gnu", expect(unsafe_code, reason = "only the C library can be asked to let go of memory"))]

/// Gives memory that is not used back to the system. A page is read with two hundred megabytes of which nothing is kept, and GNU's allocator
/// would hold on to them in pieces.
pub(crate) fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it touches nothing but the allocator's own bookkeeping, under the allocator's locks.
    unsafe {
        libc::malloc_trim(0)
    };
}
