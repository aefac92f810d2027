//! How many tokens one document may cost, and has.

use serde::Serialize;

use super::answer::Counted;
use crate::error::ServiceError;

/// Tokens have fewer characters than this, on the average of any text: those of English words have four or five, those of figures two.
const MOST_CHARS_A_TOKEN: u64 = 8;

/// What a token has when the server does not count.
const CHARS_A_TOKEN: u64 = 4;

/// What was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Usage {
    /// Tokens of what was asked: as the server counted them, else a quarter of the characters.
    pub prompt_tokens: u64,
    /// Tokens of what was answered, counted likewise.
    pub completion_tokens: u64,
    /// How often the model wrote an answer.
    pub answers: u32,
}

impl Usage {
    pub(super) fn tokens(self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }

    /// One answer more.
    pub(super) fn add(&mut self, asked: u64, answered: u64, counted: Option<&Counted>) {
        let estimate = Counted { prompt_tokens: asked / CHARS_A_TOKEN, completion_tokens: answered / CHARS_A_TOKEN };
        let counted = counted.unwrap_or(&estimate);
        self.prompt_tokens = self.prompt_tokens.saturating_add(counted.prompt_tokens);
        self.completion_tokens = self.completion_tokens.saturating_add(counted.completion_tokens);
        self.answers += 1;
    }
}

/// How many tokens an answer may have, so that it and a question of so many characters stay within a budget.
pub(super) fn room(budget: u64, spent: Usage, asked: u64, most: u32) -> Result<u64, ServiceError> {
    let left = budget.saturating_sub(spent.tokens());
    let least = asked / MOST_CHARS_A_TOKEN;
    match left.saturating_sub(least).min(u64::from(most)) {
        0 => Err(ServiceError::Budget { least, left }),
        room => Ok(room),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_surely_costs_too_much_is_refused_and_an_answer_gets_what_is_left() {
        let spent = Usage { prompt_tokens: 300, completion_tokens: 100, answers: 1 };
        assert_eq!(room(1000, Usage::default(), 800, 500), Ok(500));
        assert_eq!(room(1000, spent, 800, 800), Ok(500));
        assert_eq!(room(1000, spent, 4800, 800), Err(ServiceError::Budget { least: 600, left: 600 }));
        assert_eq!(room(300, spent, 8, 800), Err(ServiceError::Budget { least: 1, left: 0 }));
    }

    #[test]
    fn the_servers_count_goes_before_an_estimate() {
        let mut usage = Usage::default();
        usage.add(400, 40, None);
        usage.add(400, 40, Some(&Counted { prompt_tokens: 7, completion_tokens: 3 }));
        assert_eq!(usage, Usage { prompt_tokens: 107, completion_tokens: 13, answers: 2 });
    }
}
