//! The operations by name. One line each.

use std::collections::BTreeMap;
use std::sync::Arc;

use gristmill_model::pipeline::Verdict;

use crate::operation::{Operation, Options};
use crate::{check, document, image, noop, record, video};

/// Operations by name.
#[derive(Clone, Default)]
pub struct Registry {
    by_name: BTreeMap<&'static str, Arc<dyn Operation>>,
}

impl Registry {
    /// Every operation this build has.
    pub fn standard() -> Self {
        let mut registry = Self::default();
        registry.add(noop::Noop);
        registry.add(check::Check);
        registry.add(record::Save);
        document::register(&mut registry);
        image::register(&mut registry);
        video::register(&mut registry);
        registry
    }

    /// Adds one, or replaces the one of the same name.
    pub fn add(&mut self, operation: impl Operation) {
        self.by_name.insert(operation.name(), Arc::new(operation));
    }

    /// The operation of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Operation>> {
        self.by_name.get(name)
    }

    /// All of them, by name.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Operation>> {
        self.by_name.values()
    }

    /// Whether a step may name `op` with these options; what [`gristmill_model::pipeline::check`] asks.
    pub fn verdict(&self, op: &str, options: &Options) -> Verdict {
        match self.get(op) {
            None => Verdict::Unknown(self.by_name.keys().copied().collect()),
            Some(operation) => match operation.check_options(options) {
                Ok(()) => Verdict::Fine,
                Err(why) => Verdict::BadOptions(why),
            },
        }
    }
}
