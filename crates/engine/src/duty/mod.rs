//! The background loops: the rescuer settles what lost its worker or passed its deadline; the sweeper removes bytes no row names.

use crate::engine::Engine;

/// Running duties. Dropping it stops them.
#[derive(Debug)]
pub struct Duties {}

impl Duties {
    /// Starts every duty. `sole` says that this process is the only one on its store, so leases of others are void at once.
    pub fn start(_engine: Engine, _sole: bool) -> Self {
        Self {}
    }
}
