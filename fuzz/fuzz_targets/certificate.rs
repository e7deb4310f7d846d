//! Certificates: any bytes get a verdict on one line, and what is read is written as it reads.

#![no_main]

use libfuzzer_sys::fuzz_target;
use saltus_certificate::Certificate;
use saltus_check::{Verdict, check};

fuzz_target!(|bytes: &[u8]| {
    if let Verdict::Invalid(rejection) = check(bytes) {
        assert_eq!(rejection.to_string().lines().count(), 1);
    }
    if let Ok(certificate) = Certificate::read(bytes) {
        let written = certificate.write();
        let again = Certificate::read(written.as_bytes()).expect("what is written is a certificate");
        assert_eq!(again.write(), written);
    }
});
