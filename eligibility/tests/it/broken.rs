//! Broken guide files.
