import Errors

/// 36 matrices of tiles by channels in single precision, one for each point of a transformed tile, in
/// memory of their own. Each lies in blocks of 16 channels: `[channels / 16, tiles, 16]`.
///
/// There is room for a multiple of ``RegisterTile/rows`` tiles, so that products need no other kernel for the
/// last ones; what lies there beyond the tiles is never read by others.
struct TileMatrices {
  private let memory: Tensor
  private let numbers: UnsafeMutablePointer<Float>
  /// The tiles of a matrix, rounded up.
  let capacity: Int
  /// From a matrix to the next: a cache line more than the numbers take, so that the 36 places of a tile
  /// do not fall into the same lines of the cache.
  let point: Int

  /// For up to so many tiles. Throws `outOfMemory`.
  init(tileCount: Int, channels: Int) throws(TensorError) {
    capacity = (tileCount + RegisterTile.rows - 1) / RegisterTile.rows * RegisterTile.rows
    point = capacity * channels + 16
    let count = 36 * point
    memory = try Tensor(
      uninitialized: [count], .rowMajor([count], .float32), operation: "convolution")
    numbers = memory.stored()
  }

  /// Fills the places up to the next multiple of ``RegisterTile/rows`` tiles with zeros: whatever else lies
  /// there might be slow to multiply (denormal numbers).
  func clear(from tileCount: Int, channels: Int) {
    let rows = RegisterTile.rows
    let missing = (tileCount + rows - 1) / rows * rows - tileCount
    guard missing > 0 else { return }
    for point in 0..<36 {
      for block in 0..<channels / 16 {
        (self[point: point] + (block * capacity + tileCount) * 16)
          .update(repeating: 0, count: missing * 16)
      }
    }
  }

  /// Where eight channels of a tile begin, in the matrix of the first point.
  @inline(__always)
  func start(ofTile tile: Int, block: Int) -> UnsafeMutablePointer<Float> {
    numbers + (block / 2 * capacity + tile) * 16 + block % 2 * 8
  }

  /// The matrix of a point.
  @inline(__always)
  subscript(point number: Int) -> UnsafeMutablePointer<Float> { numbers + number * point }
}
