//! Runs the engine: feeds it events one at a time and carries out its
//! effects.

use crate::clock::{self, Timers};
use crate::convert;
use crate::fault::StorageFault;
use crate::kdf;
use crate::lease::Lease;
use crate::network::Network;
use crate::random::{NoRandomness, Random};
use crate::storage::Storage;
use crate::warm_up;
use js_sys::Function;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use tokio::sync::oneshot;
use vault_engine::{Answer, Command, Effect, Engine, Event, Failure, RequestId, StoreError};
use vault_types::{Code, Map};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

/// How far the driver has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The storage is being opened; events wait.
    Opening,
    /// Waits for an event.
    Idle,
    /// The engine has an event.
    Busy,
    /// Came to its end; every request is answered with this.
    Ended(Code),
}

/// Runs one engine. No cell of it stays borrowed across an await.
pub(crate) struct Driver {
    stage: Cell<Stage>,
    engine: RefCell<Engine>,
    random: RefCell<Random>,
    storage: OnceCell<Storage>,
    network: Network,
    timers: Timers,
    events: RefCell<VecDeque<Event>>,
    waiting: RefCell<Map<RequestId, oneshot::Sender<Answer>>>,
    last_request: Cell<u32>,
    notify: Function,
}

impl Driver {
    /// Starts an engine on the database of that name. What it has to say
    /// without being asked goes to `notify`.
    pub(crate) fn start(
        origin: &str,
        database: &str,
        notify: Function,
    ) -> Result<Rc<Self>, NoRandomness> {
        let driver = Rc::new(Self {
            stage: Cell::new(Stage::Opening),
            engine: RefCell::new(Engine::new()),
            random: RefCell::new(Random::new()?),
            storage: OnceCell::new(),
            network: Network::new(origin),
            timers: Timers::default(),
            events: RefCell::new(VecDeque::from([Event::Start])),
            waiting: RefCell::default(),
            last_request: Cell::new(0),
            notify,
        });
        let lease = Lease::generate()?;
        let (opening, name) = (Rc::clone(&driver), database.to_owned());
        spawn_local(async move {
            match Storage::open(&name, lease).await {
                Ok(storage) => opening.run(storage),
                Err(fault) => opening.end(fault.code()),
            }
        });
        Ok(driver)
    }

    /// Does what the application asks for.
    pub(crate) async fn request(self: &Rc<Self>, command: Command) -> Answer {
        if let Stage::Ended(code) = self.stage.get() {
            return Err(code.into());
        }
        let request = RequestId(self.last_request.get().wrapping_add(1));
        self.last_request.set(request.0);
        let (sender, answer) = oneshot::channel();
        self.waiting.borrow_mut().insert(request, sender);
        self.feed(Event::Command { request, command });
        answer.await.unwrap_or(Err(Failure::from(Code::Internal)))
    }

    fn run(self: &Rc<Self>, storage: Storage) {
        if self.storage.set(storage).is_ok() {
            self.stage.set(Stage::Idle);
            self.drain();
        }
    }

    /// Comes to an end: nothing is carried out any more, nothing is heard.
    fn end(&self, code: Code) {
        self.stage.set(Stage::Ended(code));
        self.timers.clear();
        self.events.borrow_mut().clear();
        for (_, sender) in self.waiting.take() {
            let _ = sender.send(Err(code.into()));
        }
    }

    fn feed(self: &Rc<Self>, event: Event) {
        self.events.borrow_mut().push_back(event);
        self.drain();
    }

    /// Hands events to the engine, one at a time, also if carrying out an
    /// effect leads straight to the next event.
    fn drain(self: &Rc<Self>) {
        if self.stage.get() != Stage::Idle {
            return;
        }
        self.stage.set(Stage::Busy);
        while let Some(event) = self.next_event() {
            let effects = {
                let mut random = self.random.borrow_mut();
                let mut engine = self.engine.borrow_mut();
                engine.handle(clock::now_ms(), &mut *random, event)
            };
            for effect in effects {
                self.carry_out(effect);
            }
        }
        if self.stage.get() == Stage::Busy {
            self.stage.set(Stage::Idle);
        }
    }

    fn next_event(&self) -> Option<Event> {
        self.events.borrow_mut().pop_front()
    }

    fn carry_out(self: &Rc<Self>, effect: Effect) {
        let driver = Rc::clone(self);
        match effect {
            Effect::Answer { request, answer } => self.answer(request, answer),
            Effect::Notify(notice) => {
                if let Some(notice) = convert::notice(&notice) {
                    // A listener that throws is not the vault's business.
                    let _ = self.notify.call1(&JsValue::NULL, &notice);
                }
            }
            Effect::Write { id, changes, flush } => spawn_local(async move {
                if let Some(storage) = driver.storage.get() {
                    let result = storage.write(&changes, flush).await;
                    driver.stored(result, |result| Event::Written { id, result });
                }
            }),
            Effect::Read { id, queries } => spawn_local(async move {
                if let Some(storage) = driver.storage.get() {
                    let result = storage.read(&queries).await;
                    driver.stored(result, |result| Event::Loaded { id, result });
                }
            }),
            Effect::Send { id, request } => spawn_local(async move {
                let result = driver.network.send(request).await;
                driver.feed(Event::Received { id, result });
            }),
            Effect::Stretch {
                id,
                request,
                passphrase,
            } => spawn_local(async move {
                let result = kdf::stretch(&request, &passphrase, warm_up::cipher).await;
                driver.feed(Event::Stretched { id, result });
            }),
            Effect::SetTimer { timer, at_ms } => {
                if let Some(setting) = self.timers.set(timer, at_ms) {
                    spawn_local(async move {
                        if driver.timers.due(setting).await {
                            driver.feed(Event::Timer(timer));
                        }
                    });
                }
            }
        }
    }

    fn answer(&self, request: RequestId, answer: Answer) {
        let sender = self.waiting.borrow_mut().remove(&request);
        if let Some(sender) = sender {
            // Nobody waits any more: the promise was dropped.
            let _ = sender.send(answer);
        }
    }

    fn stored<T>(
        self: &Rc<Self>,
        result: Result<T, StorageFault>,
        event: impl FnOnce(Result<T, StoreError>) -> Event,
    ) {
        if let Err(fault) = &result
            && let Some(code) = fault.end()
        {
            self.end(code);
            return;
        }
        self.feed(event(result.map_err(StorageFault::store_error)));
    }
}
