//! Both clients against servers that answer what the real ones do, and worse.

mod account;
mod chat;
mod extract;
mod page;
mod service;
mod vision;
