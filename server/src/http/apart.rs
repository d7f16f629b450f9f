//! Pages and server functions run as if no other request were there, and a page in one thread.
//!
//! Leptos notes in a variable of the thread whose values are made and read, once, when a request begins. A
//! request that has waited goes on in any thread, with what another one noted there. Here each takes its note
//! along. What a page waits for makes it begin again, part by part: in several threads at once, one part's
//! values ended while another showed them, and one page in a thousand never came.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use leptos::prelude::Owner;
use tokio::runtime::{self, Handle};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

/// For a router whose answers Leptos renders: they are rendered to their end before they are sent.
pub async fn rendered_apart(State(threads): State<PageThreads>, request: Request, next: Next) -> Response {
    let page = apart(async {
        let (parts, body) = next.run(request).await.into_parts();
        match to_bytes(body, usize::MAX).await {
            Ok(whole) => Response::from_parts(parts, whole.into()),
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered to its end");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    });
    // Dropped with everything in it when nobody waits for the answer any more.
    let mut rendering = JoinSet::new();
    rendering.spawn_on(page.in_current_span().with_current_subscriber(), threads.one());
    match rendering.join_next().await {
        Some(Ok(response)) => response,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Threads that render pages: what one of them begins stays there. One for each processor, in turns; they end with
/// the last clone. A connection to PostgreSQL that one of them opens waits for its turn there, wherever it is used:
/// some milliseconds.
#[derive(Clone)]
pub struct PageThreads(Arc<Threads>);

struct Threads {
    handles: Vec<Handle>,
    turn: AtomicUsize,
    /// Dropped, it ends them.
    _open: watch::Sender<()>,
}

impl PageThreads {
    /// # Errors
    /// When the system gives no thread.
    pub fn start() -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let open = watch::Sender::new(());
        let handles = (0..count).map(|_| begin_thread(open.subscribe())).collect::<io::Result<_>>()?;
        Ok(Self(Arc::new(Threads { handles, turn: AtomicUsize::new(0), _open: open })))
    }

    fn one(&self) -> &Handle {
        &self.0.handles[self.0.turn.fetch_add(1, Ordering::Relaxed) % self.0.handles.len()]
    }
}

fn begin_thread(mut open: watch::Receiver<()>) -> io::Result<Handle> {
    // Connections that live here are looked after between any two pieces of a page.
    let runtime = runtime::Builder::new_current_thread().enable_all().event_interval(1).build()?;
    let handle = runtime.handle().clone();
    let until_closed = async move { while open.changed().await.is_ok() {} };
    thread::Builder::new().name("pages".into()).spawn(move || runtime.block_on(until_closed))?;
    Ok(handle)
}

/// Runs the future with the reactive owner that it has set itself, whatever thread it is in.
pub fn apart<F: Future>(future: F) -> impl Future<Output = F::Output> {
    Apart { owner: None, future: Box::pin(future) }
}

struct Apart<F> {
    owner: Option<Owner>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Apart<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // A request that panicked has left its own.
        leave();
        if let Some(owner) = &self.owner {
            owner.set();
        }
        let polled = self.future.as_mut().poll(context);
        self.owner = Owner::current();
        leave();
        polled
    }
}

fn leave() {
    if let Some(owner) = Owner::current() {
        owner.unset();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use axum::Router;
    use axum::handler::Handler;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use leptos::prelude::{provide_context, use_context};
    use tokio::sync::oneshot;
    use tokio::task::yield_now;
    use tower::ServiceExt;

    use super::*;

    /// As a request does, with a page that has to wait.
    async fn request(name: &'static str) -> bool {
        let owner = Owner::new_root(None);
        provide_context(name);
        for _ in 0..3 {
            yield_now().await;
            if use_context() != Some(name) {
                return false;
            }
        }
        drop(owner);
        true
    }

    #[tokio::test]
    async fn requests_that_take_turns_in_a_thread_find_what_is_theirs() {
        assert_eq!(tokio::join!(apart(request("one")), apart(request("two"))), (true, true));
        assert!(Owner::current().is_none());
    }

    /// Asks for a page that `handler` renders, in a task of its own as a server does.
    fn asked<T: 'static>(handler: impl Handler<T, ()>) -> tokio::task::JoinHandle<Response> {
        let router = Router::new()
            .route("/", get(handler))
            .layer(from_fn_with_state(PageThreads::start().unwrap(), rendered_apart));
        tokio::spawn(async move { ServiceExt::<Request>::oneshot(router, Request::default()).await.unwrap() })
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_page_stays_in_one_thread_of_those_that_render() {
        let began_and_ended = async || {
            let began = thread::current().id();
            for _ in 0..100 {
                yield_now().await;
                tokio::spawn(async move { assert_eq!(thread::current().id(), began) }).await.unwrap();
            }
            thread::current().name().unwrap_or_default().to_owned()
        };
        let answers = futures::future::join_all((0..8).map(|_| asked(began_and_ended))).await;
        for answer in answers {
            assert_eq!(to_bytes(answer.unwrap().into_body(), 100).await.unwrap(), "pages");
        }
    }

    #[tokio::test]
    async fn a_page_that_panics_does_so_where_it_was_asked_for() {
        let failed = asked(async || -> &'static str { panic!("a page") }).await;
        assert!(failed.unwrap_err().is_panic());
        // The thread goes on.
        assert_eq!(asked(async || "next").await.unwrap().status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_page_that_nobody_waits_for_is_dropped() {
        let (begun, begins) = oneshot::channel();
        let (kept, dropped) = oneshot::channel::<()>();
        let ends = Arc::new(Mutex::new(Some((begun, kept))));
        let waiting = asked(move || {
            let (begun, kept) = ends.lock().unwrap().take().unwrap();
            async move {
                begun.send(()).unwrap();
                std::future::pending::<()>().await;
                drop(kept);
            }
        });
        begins.await.unwrap();
        waiting.abort();
        assert!(dropped.await.is_err());
    }
}
