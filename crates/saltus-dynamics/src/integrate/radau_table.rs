//! The Radau IIA method with five stages (order 9), diagonalised.
//!
//! The nodes are the roots of `d⁴/dx⁴ [x⁴ (x−1)⁵]`; the matrix `A` is fixed by collocation, `Σ_j a_ij c_j^{q−1} = c_i^q / q` for
//! `q = 1…5`; its inverse has one real eigenvalue and two complex pairs, `A⁻¹ = T diag T⁻¹` (Hairer & Wanner, *Solving Ordinary
//! Differential Equations II*, IV.5 and IV.8). The numbers were computed from these definitions with 60 digits and rounded once.

use num_complex::Complex64;

/// The number of stages s; the order is `2s − 1 = 9`.
pub const STAGES: usize = 5;

/// The nodes `c_i`; the last stage is the end of the step.
pub const NODES: [f64; STAGES] = [
    0.05710419611451768,
    0.2768430136381238,
    0.5835904323689168,
    0.8602401356562195,
    1.0,
];

/// The matrix `A`: `Σ_j a_ij F_j` is the increment at stage `i` per unit of the step.
pub const COLLOCATION: [[f64; STAGES]; STAGES] = [
    [
        0.07299886431790333,
        -0.02673533110794557,
        0.018676929763984353,
        -0.01287910609330644,
        0.005042839233882015,
    ],
    [
        0.15377523147918246,
        0.14621486784749352,
        -0.03644456890512809,
        0.02123306311930472,
        -0.007935579902728777,
    ],
    [
        0.14006304568480987,
        0.29896712949128346,
        0.16758507013524895,
        -0.03396910168661774,
        0.010944288744192253,
    ],
    [
        0.14489430810953477,
        0.2765000687601592,
        0.32579792291042103,
        0.12875675325490976,
        -0.015708917378805327,
    ],
    [
        0.14371356079122594,
        0.28135601514946207,
        0.31182652297574126,
        0.22310390108357075,
        0.04,
    ],
];

/// The matrix `A⁻¹`.
pub const INVERSE: [[f64; STAGES]; STAGES] = [
    [
        8.755923977938362,
        2.8919426153801173,
        -0.8751863962002651,
        0.3997052079399655,
        -0.13370616384921583,
    ],
    [
        -7.161380720145387,
        1.8060777240836443,
        2.3637971760686085,
        -0.8659007802831346,
        0.2743380777751942,
    ],
    [
        4.122165246243374,
        -4.4960171258133945,
        0.8567652453971776,
        2.5183209492110645,
        -0.6570627571343601,
    ],
    [
        -3.8786632197240105,
        3.3931519180649543,
        -5.188340906407187,
        0.5812330525808164,
        2.809983655279712,
    ],
    [
        8.41242422359429,
        -6.970256116656661,
        8.777114204150473,
        -18.2192823110881,
        13.0,
    ],
];

/// The real eigenvalue of `A⁻¹`.
pub const REAL_EIGENVALUE: f64 = 6.2867047517292765;

/// One complex eigenvalue of `A⁻¹` from each pair, with positive imaginary part.
pub const COMPLEX_EIGENVALUES: [Complex64; 2] = [
    Complex64::new(5.70095329867179, 3.2102656003085497),
    Complex64::new(3.655694325463572, 6.543736899360077),
];

/// The real eigenvector of `A⁻¹`, scaled to 1 in the last stage.
pub const REAL_VECTOR: [f64; STAGES] = [
    0.013576867344947943,
    0.0016179004017190875,
    0.07915785334744721,
    0.41225608268046143,
    1.0,
];

/// The complex eigenvectors of `A⁻¹`, scaled to 1 in the last stage.
pub const COMPLEX_VECTORS: [[Complex64; STAGES]; 2] = [
    [
        Complex64::new(-0.011478515255229515, 0.01401985889287541),
        Complex64::new(-0.007668830749180163, -0.024708578426518527),
        Complex64::new(0.01939846399882895, -0.08180035370375117),
        Complex64::new(0.40760117128019907, -0.19968242788680252),
        Complex64::new(1.0, 0.0),
    ],
    [
        Complex64::new(-0.010242047817908826, -0.04767387729029572),
        Complex64::new(0.05017286451737106, 0.09433181918161143),
        Complex64::new(-0.23053953404341795, -0.1027030453801259),
        Complex64::new(0.37789390224886127, -0.46674413033249434),
        Complex64::new(1.0, 0.0),
    ],
];

/// The row of `T⁻¹` that belongs to the real eigenvalue.
pub const REAL_ROW: [f64; STAGES] = [
    27.697693775684087,
    12.783337911304406,
    3.20848938671343,
    -0.9514904122489162,
    0.7415504960259897,
];

/// The rows of `T⁻¹` that belong to [`COMPLEX_EIGENVALUES`]; the other two rows are their conjugates.
pub const COMPLEX_ROWS: [[Complex64; STAGES]; 2] = [
    [
        Complex64::new(-16.5209401067595, -4.305721989937646),
        Complex64::new(-8.688476739531783, 4.849995704764404),
        Complex64::new(-0.08606453162700278, 0.9573643198484372),
        Complex64::new(-0.04958488899127132, 1.20934600304247),
        Complex64::new(0.2656140579191533, -0.5237317439676688),
    ],
    [
        Complex64::new(2.672093218917456, 1.8740299037199024),
        Complex64::new(2.2968077838795806, -1.9924828681719424),
        Complex64::new(-1.5181801617297122, -0.5222078208040094),
        Complex64::new(0.5253300951157295, 0.5920492840689743),
        Complex64::new(-0.13638930593214812, -0.22495888507839018),
    ],
];

/// Weights `e_i` of the error estimate `γ₀ h F(y₀) + Σ e_i Z_i`, `γ₀ = 1/REAL_EIGENVALUE`: the difference between the method and the
/// quadrature of order 5 on the nodes `0, c_1, …, c_5` that gives the node 0 the weight `γ₀`.
pub const ERROR_WEIGHTS: [f64; STAGES] = [
    -4.418997716796381,
    0.57923485225667,
    -0.199237560953468,
    0.09416748369194548,
    -0.03181316888549383,
];

/// Evaluates at `x` the Lagrange basis on the nodes `0, c_1, …, c_5`, without the polynomial of the node 0:
/// the collocation polynomial is `Σ_i weights_i Z_i`, with `x = 0` at the step's start and 1 at its end.
pub fn interpolation_weights(x: f64) -> [f64; STAGES] {
    let mut weights = [0.0; STAGES];
    for i in 0..STAGES {
        let mut weight = x / NODES[i];
        for k in 0..STAGES {
            if k != i {
                weight *= (x - NODES[k]) / (NODES[i] - NODES[k]);
            }
        }
        weights[i] = weight;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `∫₀^x` of the Lagrange basis on `c_1, …, c_5`, from the coefficients of its polynomials: an independent way to `A`.
    fn integrated_basis(x: f64) -> [f64; STAGES] {
        let mut result = [0.0; STAGES];
        for i in 0..STAGES {
            let mut coefficients = vec![1.0];
            for k in 0..STAGES {
                if k == i {
                    continue;
                }
                let scale = 1.0 / (NODES[i] - NODES[k]);
                let mut product = vec![0.0; coefficients.len() + 1];
                for (power, &value) in coefficients.iter().enumerate() {
                    product[power + 1] += value * scale;
                    product[power] -= value * NODES[k] * scale;
                }
                coefficients = product;
            }
            for (power, &value) in coefficients.iter().enumerate() {
                result[i] += value * x.powi(power as i32 + 1) / (power as f64 + 1.0);
            }
        }
        result
    }

    fn check(found: f64, expected: f64, what: &str) {
        assert!(
            (found - expected).abs() < 1e-13,
            "{what}: found {found}, expected {expected}"
        );
    }

    #[test]
    fn collocation_and_order_conditions() {
        for q in 1..=STAGES {
            for i in 0..STAGES {
                let row = integrated_basis(NODES[i]);
                let sum: f64 = (0..STAGES)
                    .map(|j| row[j] * NODES[j].powi(q as i32 - 1))
                    .sum();
                check(sum, NODES[i].powi(q as i32) / q as f64, "collocation");
            }
        }
        let weights = integrated_basis(1.0);
        for q in 1..=2 * STAGES - 1 {
            let sum: f64 = (0..STAGES)
                .map(|j| weights[j] * NODES[j].powi(q as i32 - 1))
                .sum();
            check(sum, 1.0 / q as f64, "quadrature of order 9");
        }
    }

    #[test]
    fn the_matrix_and_its_inverse_are_those_of_the_collocation() {
        for i in 0..STAGES {
            let row = integrated_basis(NODES[i]);
            for k in 0..STAGES {
                check(COLLOCATION[i][k], row[k], "A");
                let product: f64 = (0..STAGES).map(|j| row[j] * INVERSE[j][k]).sum();
                check(product, if i == k { 1.0 } else { 0.0 }, "A times A⁻¹");
            }
        }
    }

    #[test]
    fn diagonalisation_inverts_the_collocation_matrix() {
        for i in 0..STAGES {
            let row = integrated_basis(NODES[i]);
            for k in 0..STAGES {
                let mut product = 0.0;
                let mut identity = REAL_VECTOR[i] * REAL_ROW[k];
                for pair in 0..2 {
                    identity += 2.0 * (COMPLEX_VECTORS[pair][i] * COMPLEX_ROWS[pair][k]).re;
                }
                for j in 0..STAGES {
                    let mut inverse = REAL_VECTOR[j] * REAL_EIGENVALUE * REAL_ROW[k];
                    for pair in 0..2 {
                        inverse += 2.0
                            * (COMPLEX_VECTORS[pair][j]
                                * COMPLEX_EIGENVALUES[pair]
                                * COMPLEX_ROWS[pair][k])
                                .re;
                    }
                    product += row[j] * inverse;
                }
                let expected = if i == k { 1.0 } else { 0.0 };
                check(product, expected, "A times T diag T⁻¹");
                check(identity, expected, "T times T⁻¹");
            }
        }
    }

    #[test]
    fn error_weights_annihilate_polynomials_up_to_degree_five() {
        // For y(x) = x^q the stages are c^q and F(y₀) is 1 for q = 1, else 0; the estimate must vanish for q ≤ 5 only.
        for q in 1..=STAGES as i32 + 1 {
            let slope = if q == 1 { 1.0 } else { 0.0 };
            let estimate = slope / REAL_EIGENVALUE
                + (0..STAGES)
                    .map(|i| ERROR_WEIGHTS[i] * NODES[i].powi(q))
                    .sum::<f64>();
            assert_eq!(
                estimate.abs() < 1e-13,
                q <= STAGES as i32,
                "degree {q}: {estimate}"
            );
        }
    }

    #[test]
    fn interpolation_reproduces_polynomials() {
        for x in [0.3, 1.0, 1.7] {
            let weights = interpolation_weights(x);
            for q in 1..=STAGES as i32 {
                let sum: f64 = (0..STAGES).map(|i| weights[i] * NODES[i].powi(q)).sum();
                check(sum / x.powi(q), 1.0, "interpolation");
            }
        }
    }
}
