//! What stands between a request's text and the schema: bounds before and after the parse.

mod measure;
mod scan;
