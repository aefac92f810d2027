//! What there is on the broker: six queues, three for their dead letters, and two exchanges. Declared by whoever comes first, always the
//! same, so that it does not matter who that is.

use std::time::Duration;

use gristmill_model::queue::Queue;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Error, ExchangeKind};

/// The direct exchange that dead letters go through; its keys are the names of the dead-letter queues.
pub const DEAD_EXCHANGE: &str = "gristmill.dlx";

/// The topic exchange of what happens to jobs; its keys are the kinds of events, such as `job.finished`. `upload.events` gets all of
/// them, and others may bind queues of their own.
pub const EVENTS_EXCHANGE: &str = "gristmill.events";

/// The queues whose letters may be dead, beside whose dead lie in a queue of that name: `processing.images` shares with `upload.normal`.
const WITH_DEAD: [Queue; 3] = [Queue::High, Queue::Normal, Queue::Batch];

/// How often a message comes back unsettled before it counts as dead. What kills every reader would else go round for ever: quorum
/// queues know no limit before RabbitMQ 4, where this is the usual one.
const MOST_DELIVERIES: i64 = 20;

/// The most messages of queues that perhaps nobody reads. The oldest go first: what they tell stands in rows as well, and a broker whose
/// disk is full stops everyone.
const MOST_UNREAD: i64 = 100_000;

/// The dead-letter queue of a queue. Those of `processing.images` and of what has no tasks lie among the normal ones, as long as
/// [`Queue::dead_kept`] says.
pub fn dlq_of(queue: Queue) -> &'static str {
    match queue {
        Queue::High => "upload.high-priority.dlq",
        Queue::Normal | Queue::Images | Queue::Notifications | Queue::Events => "upload.normal.dlq",
        Queue::Batch => "upload.batch.dlq",
    }
}

/// The names of all nine queues: the six of work in the order of their codes, and the three of dead letters.
pub fn names() -> impl Iterator<Item = &'static str> {
    Queue::ALL.into_iter().map(Queue::as_str).chain(WITH_DEAD.map(dlq_of))
}

/// Declares everything, durable. Doing it again changes nothing. The user needs to configure, write and read `upload.*`,
/// `processing.images`, `notifications` and `gristmill.*`.
///
/// # Errors
/// The line is lost, the user may not, or there is something else of the same name, which is told as `PRECONDITION_FAILED` and ends the
/// channel: limits of one's own belong into a policy, which wins over what is declared where it is stricter.
pub async fn declare(channel: &Channel) -> Result<(), Error> {
    exchange(channel, DEAD_EXCHANGE, ExchangeKind::Direct).await?;
    exchange(channel, EVENTS_EXCHANGE, ExchangeKind::Topic).await?;
    for owner in WITH_DEAD {
        let dlq = dlq_of(owner);
        queue(channel, dlq, quorum(owner.dead_kept())).await?;
        bind(channel, dlq, DEAD_EXCHANGE, dlq).await?;
    }
    for known in Queue::ALL {
        queue(channel, known.as_str(), arguments(known)).await?;
    }
    bind(channel, Queue::Events.as_str(), EVENTS_EXCHANGE, "#").await
}

/// What a queue of work is declared with.
fn arguments(queue: Queue) -> FieldTable {
    let mut arguments = quorum(queue.expires());
    if Queue::OF_TASKS.contains(&queue) {
        text(&mut arguments, "x-dead-letter-exchange", DEAD_EXCHANGE);
        text(&mut arguments, "x-dead-letter-routing-key", dlq_of(queue));
        // A letter leaves its queue only when the dead-letter queue has it. Quorum queues do that only where a full queue refuses what
        // comes rather than drop what is there, and else fall back to at most once without a word.
        text(&mut arguments, "x-dead-letter-strategy", "at-least-once");
        text(&mut arguments, "x-overflow", "reject-publish");
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(MOST_DELIVERIES));
    } else {
        text(&mut arguments, "x-overflow", "drop-head");
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(MOST_UNREAD));
    }
    arguments
}

/// A replicated queue whose messages are gone, or dead, after that time.
fn quorum(kept: Duration) -> FieldTable {
    let mut arguments = FieldTable::default();
    text(&mut arguments, "x-queue-type", "quorum");
    arguments.insert("x-message-ttl".into(), AMQPValue::LongLongInt(i64::try_from(kept.as_millis()).unwrap_or(i64::MAX)));
    arguments
}

fn text(arguments: &mut FieldTable, name: &str, value: &str) {
    arguments.insert(name.into(), AMQPValue::LongString(value.into()));
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), Error> {
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel.exchange_declare(name.into(), kind, durable, FieldTable::default()).await
}

async fn queue(channel: &Channel, name: &str, arguments: FieldTable) -> Result<(), Error> {
    channel.queue_declare(name.into(), QueueDeclareOptions::durable(), arguments).await.map(drop)
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), Error> {
    channel.queue_bind(queue.into(), exchange.into(), key.into(), QueueBindOptions::default(), FieldTable::default()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_of_every_task_lie_in_a_queue_there_is_as_long_as_rows_of_it_do() {
        for queue in Queue::ALL {
            let owner = WITH_DEAD.into_iter().find(|owner| dlq_of(*owner) == dlq_of(queue)).unwrap();
            assert_eq!(owner.dead_kept(), queue.dead_kept(), "{queue}");
        }
        assert_eq!(names().count(), 9);
    }
}
