//! What a value is: decides how it is found, written and checked.

use serde::{Deserialize, Serialize};

/// The type of a field, `x-type` in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Any words; as they stand.
    Text,
    /// Of a person or a company.
    Name,
    /// `2025-04-03`.
    Date,
    /// `14:05` or `14:05:33`.
    Time,
    /// Of money: `12.50`, with two decimals at least.
    Amount,
    /// As ISO 4217 writes it: `EUR`.
    Currency,
    /// With as few decimals as it needs.
    Number,
    /// `21` for 21 %.
    Percent,
    /// Letters and digits, one digit at least.
    Identifier,
    /// ISO 13616, without blanks, its check digits right.
    Iban,
    /// ISO 9362.
    Bic,
    /// For value added tax, with its country, without blanks.
    VatId,
    /// For payments: ISO 11649 or the Belgian one, its check digits right.
    Reference,
    /// Of a payment card, all but the last four digits masked.
    Card,
    /// Of mail.
    Email,
    /// Digits, with a plus if it stands there.
    Phone,
    /// Of a page of the web.
    Url,
    /// Of a place, its lines joined by `, `.
    Address,
    /// Ticked or not.
    Checkbox,
}

impl Kind {
    /// Every type with its name in a schema.
    pub(crate) const ALL: [(&'static str, Self); 19] = [
        ("text", Self::Text),
        ("name", Self::Name),
        ("date", Self::Date),
        ("time", Self::Time),
        ("amount", Self::Amount),
        ("currency", Self::Currency),
        ("number", Self::Number),
        ("percent", Self::Percent),
        ("identifier", Self::Identifier),
        ("iban", Self::Iban),
        ("bic", Self::Bic),
        ("vat_id", Self::VatId),
        ("reference", Self::Reference),
        ("card", Self::Card),
        ("email", Self::Email),
        ("phone", Self::Phone),
        ("url", Self::Url),
        ("address", Self::Address),
        ("checkbox", Self::Checkbox),
    ];

    /// Of its name in a schema.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind)
    }

    /// Its name in a schema, for messages.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("text", |(n, _)| n)
    }

    /// Whether any words will do, so that only where they stand tells that they are the value.
    pub(crate) fn is_wordy(self) -> bool {
        matches!(self, Self::Text | Self::Name | Self::Address)
    }

    /// Whether it is a number.
    pub(crate) fn is_numeric(self) -> bool {
        matches!(self, Self::Amount | Self::Number | Self::Percent)
    }
}
