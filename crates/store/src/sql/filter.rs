//! A WHERE clause put together from what of a filter is given. Placeholders are numbered as they come, which both dialects read.

use super::value::Value;

/// Conditions that all must hold, and the values they name.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    clauses: Vec<String>,
    values: Vec<Value>,
}

impl Filter {
    /// Adds a condition; each `?` in it stands for one of the values, in their order.
    pub(crate) fn only(&mut self, clause: &str, values: impl IntoIterator<Item = Value>) {
        let mut clause = clause.to_owned();
        for value in values {
            clause = clause.replacen('?', &self.place(value), 1);
        }
        self.clauses.push(clause);
    }

    /// The same with one value, when it is given.
    pub(crate) fn only_if(&mut self, clause: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.only(clause, [value.into()]);
        }
    }

    /// What stands after the table: the conditions, the order, and how many rows at most; with the values.
    pub(crate) fn rest(mut self, order: &str, limit: u32) -> (String, Vec<Value>) {
        let limit = self.place(limit.into());
        let and = self.clauses.join(" AND ");
        let clauses = if and.is_empty() { and } else { format!("WHERE {and} ") };
        (format!("{clauses}ORDER BY {order} LIMIT {limit}"), self.values)
    }

    fn place(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::value::values;

    #[test]
    fn what_is_given_is_asked_for_with_its_values_in_order() {
        let mut filter = Filter::default();
        filter.only("gone IS NULL", []);
        filter.only_if("owner = ?", Some("a?"));
        filter.only_if("queue = ?", None::<i64>);
        filter.only("(id = ? OR name = ?)", values![7, "x"]);
        let (rest, values) = filter.rest("id DESC", 9);
        assert_eq!(rest, "WHERE gone IS NULL AND owner = $1 AND (id = $2 OR name = $3) ORDER BY id DESC LIMIT $4");
        assert_eq!(values, values!["a?", 7, "x", 9]);
    }

    #[test]
    fn nothing_given_asks_for_all() {
        assert_eq!(Filter::default().rest("id", 1), ("ORDER BY id LIMIT $1".to_owned(), values![1]));
    }
}
