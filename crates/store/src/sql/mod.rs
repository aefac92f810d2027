//! What the two dialects share: values, tables, and the few ways in which a verb touches rows. The verbs are written once over
//! [`Tx`]; a dialect brings connections, transactions and these few ways.

pub(crate) mod backend;
pub(crate) mod column;
mod filter;
pub(crate) mod schema;
pub(crate) mod table;
pub(crate) mod tx;
pub(crate) mod value;

pub(crate) use backend::{Backend, Work};
pub(crate) use filter::Filter;
pub(crate) use table::{Line, Table, Type};
pub(crate) use tx::{Ask, Change, Hold, Look, Survey, Tx, lines, select};
pub(crate) use value::{Fields, Row, Value};
