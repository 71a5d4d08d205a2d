//! Every route is tried by nobody, by somebody of another account, and by colleagues who may not (X09, X19, I09).
//!
//! The routes come from the description of the API. A new one is tried as well, and fails these tests until it is said
//! which permission it needs.

mod colleagues;
mod foreigners;
mod nobody;
