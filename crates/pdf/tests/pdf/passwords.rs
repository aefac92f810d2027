//! Files that ask for a password.

use crate::made::{one_page, texts, word};
use gristmill_layout::{Line, Matrix};
use gristmill_pdf::{Limits, NotWritable, Pdf, Refusal, TextLayer, searchable};
use lopdf::{Document, EncryptionState, EncryptionVersion, Object, Permissions, StringFormat};
use pdf_writer::types::TextRenderingMode::Fill;

/// 128-bit RC4, which needs no random numbers.
fn locked(user: &str, owner: &str) -> Vec<u8> {
    let mut document = Document::load_mem(&one_page(texts(&[(50.0, 700.0, 12.0, "secret words")], Fill))).unwrap();
    let id = || Object::String(b"0123456789abcdef".to_vec(), StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![id(), id()]);
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: owner,
        user_password: user,
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    document.encrypt(&state).unwrap();
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

fn open(bytes: Vec<u8>, password: Option<&str>) -> Result<Pdf, Refusal> {
    Pdf::open(bytes, password, &Limits::default())
}

fn first_line(pdf: &mut Pdf) -> String {
    pdf.text(1).unwrap().lines[0].text()
}

#[test]
fn either_password_opens_and_no_other() {
    let bytes = locked("user", "owner");
    assert_eq!(open(bytes.clone(), None).map(|_| ()), Err(Refusal::PasswordNeeded));
    assert_eq!(open(bytes.clone(), Some("")).map(|_| ()), Err(Refusal::PasswordNeeded));
    assert_eq!(open(bytes.clone(), Some("usr")).map(|_| ()), Err(Refusal::PasswordWrong));
    for password in ["user", "owner"] {
        let mut pdf = open(bytes.clone(), Some(password)).unwrap();
        assert!(pdf.encrypted());
        assert_eq!(first_line(&mut pdf), "secret words", "{password}");
    }
}

#[test]
fn a_password_that_is_not_ascii_opens() {
    let mut pdf = open(locked("mühle", "owner"), Some("mühle")).unwrap();
    assert_eq!(first_line(&mut pdf), "secret words");
}

#[test]
fn a_copy_without_encryption_opens_without_a_password() {
    for (password, given) in [("user", Some("owner")), ("user", Some("user")), ("", None)] {
        let copy = open(locked(password, "owner"), given).unwrap().decrypted().unwrap().unwrap();
        let mut pdf = open(copy, None).unwrap();
        assert!(!pdf.encrypted());
        assert_eq!(first_line(&mut pdf), "secret words");
    }
    let plain = open(one_page(Vec::new()), Some("needless")).unwrap();
    assert_eq!(plain.decrypted(), Ok(None));
}

#[test]
fn a_searchable_copy_keeps_its_password() {
    let line = Line::of(vec![word("found", [100.0, 100.0, 150.0, 112.0])]).unwrap();
    let layers = [TextLayer { page: 1, to_page: Matrix::IDENTITY, lines: vec![line] }];
    for password in ["user", "owner"] {
        let copy = searchable(&locked("user", "owner"), Some(password), &layers).unwrap();
        assert_eq!(open(copy.clone(), None).map(|_| ()), Err(Refusal::PasswordNeeded));
        let lines = open(copy, Some("user")).unwrap().text(1).unwrap().lines;
        assert_eq!(lines.iter().map(Line::text).collect::<Vec<_>>(), ["found", "secret words"]);
    }
    assert_eq!(searchable(&locked("user", "owner"), None, &layers), Err(NotWritable::Unreadable(Refusal::PasswordNeeded)));
}
