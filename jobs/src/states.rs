//! Values that jobs take with `#[state]`, by type.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::Arc,
};

/// A set of shared values, one per type; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct States {
    values: Arc<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
    // What was there before `with` was called; looked at second.
    outer: Option<Arc<States>>,
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "States({})", self.values.len())
    }
}

impl States {
    pub(crate) fn get<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        let here = self
            .values
            .get(&TypeId::of::<T>())
            .and_then(|value| value.downcast_ref::<Arc<T>>());
        here.map(|value| &**value)
            .or_else(|| self.outer.as_deref().and_then(States::get))
    }

    pub(crate) fn has(&self, type_id: TypeId) -> bool {
        self.values.contains_key(&type_id)
            || self
                .outer
                .as_deref()
                .is_some_and(|outer| outer.has(type_id))
    }

    /// A set that looks into `added` first, then into this one.
    pub(crate) fn with(&self, added: Added) -> Self {
        if added.0.is_empty() {
            return self.clone();
        }
        Self {
            values: Arc::new(added.0),
            outer: Some(Arc::new(self.clone())),
        }
    }
}

/// Values collected by a builder.
#[derive(Default)]
pub(crate) struct Added(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl fmt::Debug for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Added({})", self.0.len())
    }
}

impl Added {
    pub(crate) fn put<T: ?Sized + Send + Sync + 'static>(&mut self, value: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), Box::new(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    trait Mail: Send + Sync {
        fn to(&self) -> &str;
    }
    struct Fake(String);
    impl Mail for Fake {
        fn to(&self) -> &str {
            &self.0
        }
    }

    #[test]
    fn finds_by_type_and_trait_and_prefers_the_inner_set() {
        let mut outer = Added::default();
        outer.put(Arc::new(1_u8));
        outer.put::<dyn Mail>(Arc::new(Fake("ann".into())));
        let outer = States::default().with(outer);
        let mut inner = Added::default();
        inner.put(Arc::new(2_u8));
        let states = outer.with(inner);
        assert_eq!(states.get::<u8>(), Some(&2));
        assert_eq!(
            states.get::<dyn Mail>().expect("from the outer set").to(),
            "ann"
        );
        assert_eq!(states.get::<u16>(), None);
        assert!(states.has(TypeId::of::<dyn Mail>()));
    }
}
