//! Records of the Research Organization Registry, schema v2, as profiles.
