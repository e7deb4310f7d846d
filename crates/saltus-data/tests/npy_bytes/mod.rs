//! NPY files byte by byte.

/// An NPY file, version 1, with this header dictionary and these data.
pub fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let length = u16::try_from(header.len() + 1).expect("headers in tests are short");
    bytes.extend(length.to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.push(b'\n');
    bytes.extend(data);
    bytes
}

/// An NPY file of doubles.
pub fn npy_doubles(shape: &str, fortran: bool, data: &[f64]) -> Vec<u8> {
    let order = if fortran { "True" } else { "False" };
    let header = format!("{{'descr': '<f8', 'fortran_order': {order}, 'shape': {shape}, }}");
    npy(
        &header,
        &data
            .iter()
            .flat_map(|entry| entry.to_le_bytes())
            .collect::<Vec<u8>>(),
    )
}
