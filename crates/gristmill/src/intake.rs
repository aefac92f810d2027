//! Requests by message: what comes from the broker goes to the same verbs as what comes by HTTP.

use std::sync::Arc;

use gristmill_api::{Broker, BrokerQueue, Probe, Refused, Submission, by_message, object_news, redrive_by_message};
use gristmill_engine::Engine;
use gristmill_intake::{Content, Depth, Intake, Message, State, Verdict, depths};

use crate::config::Config;

/// Takes messages for `engine`, if the configuration names a broker. One that is away does not hold up the start.
pub async fn open(engine: &Engine, config: &Config) -> anyhow::Result<Option<Arc<Intake>>> {
    let Some(said) = &config.intake else { return Ok(None) };
    let (engine, usual) = (engine.clone(), Arc::<str>::from(said.owner.as_str()));
    let handle = move |message: Message| {
        let (engine, usual) = (engine.clone(), Arc::clone(&usual));
        async move { verdict(handled(&engine, &usual, &message).await) }
    };
    Ok(Some(Arc::new(Intake::start(&said.url, handle).await?)))
}

/// How the intake is, for `/health`: without it requests wait at the broker, and everything else goes on.
pub fn probe(intake: &Arc<Intake>) -> Probe {
    let intake = Arc::clone(intake);
    Probe::new("intake", move || std::future::ready(told(&intake.state()))).mild()
}

/// How the queues of requests stand. RabbitMQ tells of all its queues at once.
pub fn broker(url: &str) -> Option<Broker> {
    if url.starts_with("amqp:") {
        return crate::announce::open(url).ok().map(|announcer| announcer.broker);
    }
    let (server, url) = (if url.starts_with("sqs:") { "sqs" } else { "redis" }, url.to_owned());
    Some(Broker::new(server, move || {
        let url = url.clone();
        async move { depths(&url).await.map_err(|e| e.to_string())?.map(|all| all.into_iter().map(queue).collect()) }
    }))
}

fn queue(of: Depth) -> BrokerQueue {
    BrokerQueue { name: of.queue, depth: of.messages, consumers: None, oldest: of.oldest }
}

/// The state in one sentence.
pub fn told(state: &State) -> Result<String, String> {
    let server = state.server;
    match &state.lost {
        None => Ok(format!("requests are taken from {server}")),
        Some(why) => Err(format!("{server} is not reached, so requests by message wait there: {why}")),
    }
}

async fn handled(engine: &Engine, usual: &str, message: &Message) -> Result<(), Refused> {
    let owner = message.owner.as_deref().unwrap_or(usual);
    match &message.content {
        Content::Request(body) => {
            let id = message.id.as_deref();
            let asked = Submission { owner, id, body, priority: message.priority, pipeline: message.pipeline };
            let job = by_message(engine, asked).await?;
            tracing::info!(%job, owner, message = id, "a request came by message");
        }
        Content::Notice(body) => {
            let jobs = object_news(engine, owner, body).await?;
            tracing::debug!(jobs = jobs.len(), "news of objects came by message");
        }
        Content::Redrive(task) => redrive_by_message(engine, task).await?,
    }
    Ok(())
}

fn verdict(done: Result<(), Refused>) -> Verdict {
    match done {
        Ok(()) => Verdict::Accept,
        Err(Refused { reason, later: true }) => Verdict::Later(reason),
        Err(Refused { reason, later: false }) => Verdict::Refuse(reason),
    }
}
