//! The verbs, each written once over a transaction: load rows into a book, let the book decide, write what it noted.

mod awaited;
mod claim;
mod cron;
mod dead;
mod deliveries;
mod endpoints;
mod groups;
mod heartbeat;
mod keys;
mod ledger;
mod load;
mod outbox;
mod queues;
mod read;
mod records;
mod retry;
mod settle;
mod stop;
mod store;
mod submit;
mod upkeep;
mod upload;
