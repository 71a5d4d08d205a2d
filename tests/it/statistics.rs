//! Statistics (D21, B11), and that they agree with a recount (I13).

mod figures;
mod recount;
