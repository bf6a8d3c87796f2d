/// The transforms of Winograd's minimal filtering F(4x4, 3x3) (Lavin, Gray, "Fast algorithms for convolutional neural
/// networks", 2016, section 4.3). For a 6x6 input tile d and a 3x3 filter g, the 4x4 outputs are `Aᵀ [(G g Gᵀ) (Bᵀ d
/// B)] A`, with an elementwise product in brackets. Summing over channels takes 36 matrix products, with 36 instead of
/// 144 multiplications for 16 outputs.
///
///          4  0 -5  0  1  0          1/4    0    0
///          0 -4 -4  1  1  0         -1/6 -1/6 -1/6          1  1  1  1  1  0
///     Bᵀ = 0  4 -4 -1  1  0     G = -1/6  1/6 -1/6     Aᵀ = 0  1 -1  2 -2  0
///          0 -2 -1  2  1  0         1/24 1/12  1/6          0  1  1  4  4  0
///          0  2 -1 -2  1  0         1/24 -1/12 1/6          0  1 -1  8 -8  1
///          0  4  0 -5  0  1            0    0    1
///
/// Gradients use the transposes. With dy a 4x4 tile of the output's gradient, the filter's gradient is `Gᵀ [(A dy Aᵀ)
/// (Bᵀ d B)] G`, summed over tiles.
///
/// Each function transforms one line of a tile, for as many channels at a time as a vector has lanes.
enum SingleWinogradTransforms {
  typealias Three<Vector> = (Vector, Vector, Vector)
  typealias Four<Vector> = (Vector, Vector, Vector, Vector)
  typealias Six<Vector> = (Vector, Vector, Vector, Vector, Vector, Vector)

  /// Returns Bᵀ times six points of the input.
  @inline(__always)
  static func input<Vector: SIMD>(_ d: Six<Vector>) -> Six<Vector> where Vector.Scalar == Float {
    let (even, odd) = (d.4.addingProduct(d.2, -4), d.3.addingProduct(d.1, -4))
    let (outer, inner) = (d.4 - d.2, d.3 - d.1)
    return (
      d.4.addingProduct(d.2, -5).addingProduct(d.0, 4), even + odd, even - odd,
      outer.addingProduct(inner, 2), outer.addingProduct(inner, -2),
      d.5.addingProduct(d.3, -5).addingProduct(d.1, 4)
    )
  }

  /// Returns Aᵀ times six sums of products.
  @inline(__always)
  static func output<Vector: SIMD>(_ m: Six<Vector>) -> Four<Vector> where Vector.Scalar == Float {
    let (near, nearDifference) = (m.1 + m.2, m.1 - m.2)
    let (far, farDifference) = (m.3 + m.4, m.3 - m.4)
    return (
      m.0 + near + far, nearDifference.addingProduct(farDifference, 2),
      near.addingProduct(far, 4), m.5 + nearDifference.addingProduct(farDifference, 8)
    )
  }

  /// Returns A times four points of the output's gradient.
  @inline(__always)
  static func outputGradient<Vector: SIMD>(
    _ y: Four<Vector>
  ) -> Six<Vector> where Vector.Scalar == Float {
    let (even, odd) = (y.0 + y.2, y.1 + y.3)
    let farEven = y.0.addingProduct(y.2, 4)
    let farOdd = (y.1 * 2).addingProduct(y.3, 8)
    return (y.0, even + odd, even - odd, farEven + farOdd, farEven - farOdd, y.3)
  }

  /// Returns G times three points of a filter.
  @inline(__always)
  static func filter<Vector: SIMD>(_ g: Three<Vector>) -> Six<Vector> where Vector.Scalar == Float {
    let (near, middle) = ((g.0 + g.2) * (-1 / 6), g.1 * (1 / 6))
    let (far, farMiddle) = ((g.0 * (1 / 24)).addingProduct(g.2, 1 / 6), g.1 * (1 / 12))
    return (g.0 * 0.25, near - middle, near + middle, far + farMiddle, far - farMiddle, g.2)
  }

  /// Returns Gᵀ times six sums of products.
  @inline(__always)
  static func filterGradient<Vector: SIMD>(
    _ u: Six<Vector>
  ) -> Three<Vector> where Vector.Scalar == Float {
    let near = (u.1 + u.2) * (-1 / 6)
    let far = u.3 + u.4
    return (
      near.addingProduct(u.0, 0.25).addingProduct(far, 1 / 24),
      ((u.2 - u.1) * (1 / 6)).addingProduct(u.3 - u.4, 1 / 12),
      (u.5 + near).addingProduct(far, 1 / 6)
    )
  }
}
