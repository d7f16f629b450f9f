//! Resources that come to the browser inside the page.
//!
//! All of one type inside: the machinery around a resource weighs ten kilobytes for each type that it
//! is made for. Read with the same decoder as the answers of server functions.

use std::any::Any;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use leptos::prelude::With;
use leptos::server::codee::{Decoder, Encoder};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What can be in a resource.
pub trait Data: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Data for T {}

/// What a page waits for.
pub struct Resource<T> {
    inner: leptos::prelude::Resource<Fetched, Wire>,
    data: PhantomData<fn() -> T>,
}

impl<T> Clone for Resource<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Resource<T> {}

impl<T> Resource<T> {
    /// Fetches again, from the same source.
    pub fn refetch(&self) {
        self.inner.refetch();
    }
}

impl<T: Data> Resource<T> {
    /// What has been fetched so far, if anything; reactive.
    pub fn with<U>(&self, see: impl FnOnce(Option<&T>) -> U) -> U {
        self.inner.with(|fetched| see(fetched.as_ref().map(Fetched::read)))
    }
}

impl<T: Data> IntoFuture for Resource<T> {
    type Output = T;
    type IntoFuture = Pin<Box<dyn Future<Output = T> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let fetched = self.inner.into_future();
        Box::pin(async move { fetched.await.read::<T>().clone() })
    }
}

/// Fetches again whenever `source` changes; what the server fetched is not fetched a second time.
pub fn resource<S, T, Fut>(
    source: impl Fn() -> S + Send + Sync + 'static,
    fetch: impl Fn(S) -> Fut + Send + Sync + 'static,
) -> Resource<T>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: Data,
    Fut: Future<Output = T> + Send + 'static,
{
    let source: Box<dyn Fn() -> Source + Send + Sync> = Box::new(move || Source(Arc::new(source())));
    let fetch: Box<dyn Fn(Source) -> Fetching + Send + Sync> = Box::new(move |source| {
        let source = source.0.as_any().downcast_ref::<S>().cloned();
        let fetched = fetch(source.expect("a resource's source is of one type"));
        Box::pin(async move { Fetched::new(fetched.await) })
    });
    Resource { inner: leptos::prelude::Resource::new_with_options(source, fetch, false), data: PhantomData }
}

type Fetching = Pin<Box<dyn Future<Output = Fetched> + Send>>;

#[derive(Clone)]
struct Source(Arc<dyn SourceValue>);

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(other.0.as_any())
    }
}

trait SourceValue: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn Any) -> bool;
}

impl<S: PartialEq + Send + Sync + 'static> SourceValue for S {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn Any) -> bool {
        other.downcast_ref().is_some_and(|other| self == other)
    }
}

/// The data of any resource.
#[derive(Clone)]
pub struct Fetched(Arc<Held>);

struct Held {
    /// As it came inside the page.
    json: String,
    /// Read from it when somebody asks the first time, who knows the type.
    value: OnceLock<Box<dyn Any + Send + Sync>>,
    #[cfg(feature = "ssr")]
    encode: fn(&dyn Any) -> serde_json::Result<String>,
}

impl Fetched {
    fn new<T: Data>(value: T) -> Self {
        Self(Arc::new(Held {
            json: String::new(),
            value: OnceLock::from(Box::new(value) as Box<dyn Any + Send + Sync>),
            #[cfg(feature = "ssr")]
            encode: |value| serde_json::to_string(&value.downcast_ref::<T>()),
        }))
    }

    fn read<T: Data>(&self) -> &T {
        let value = self.0.value.get_or_init(|| {
            let value: T = serde_json::from_slice(self.0.json.as_bytes()).expect("page and program are of one build");
            Box::new(value)
        });
        value.downcast_ref().expect("a resource's data are of one type")
    }
}

/// JSON, as bytes.
pub struct Wire;

impl Encoder<Fetched> for Wire {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(fetched: &Fetched) -> Result<String, Self::Error> {
        #[cfg(feature = "ssr")]
        if let Some(value) = fetched.0.value.get() {
            return (fetched.0.encode)(value.as_ref());
        }
        Ok(fetched.0.json.clone())
    }
}

impl Decoder<Fetched> for Wire {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<Fetched, Self::Error> {
        Ok(Fetched(Arc::new(Held {
            json: text.to_owned(),
            value: OnceLock::new(),
            #[cfg(feature = "ssr")]
            encode: |_| Ok("null".to_owned()),
        })))
    }
}
