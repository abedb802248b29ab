//! Answers as people and programs read them.

pub(crate) mod audit;
pub(crate) mod findings;
pub(crate) mod import;
pub(crate) mod json;
pub(crate) mod page;
pub(crate) mod problems;
pub(crate) mod profile;
pub(crate) mod report;
pub(crate) mod sealed;
pub(crate) mod sheet;
pub(crate) mod words;
