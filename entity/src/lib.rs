//! The tables, as SeaORM entities: one file a table. No business decision lives here.

pub mod directory;
pub mod identifier;
pub mod profile;
pub mod revision;
pub mod source_record;
