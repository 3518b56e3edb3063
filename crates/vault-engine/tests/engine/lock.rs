//! Locking and unlocking.
