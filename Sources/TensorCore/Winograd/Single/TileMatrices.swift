import Errors

/// 36 single-precision matrices of tiles by channels, one for each point of a transformed tile, in their own memory.
/// Each is in blocks of 16 channels: `[channels / 16, tiles, 16]`.
///
/// The capacity is a multiple of ``RegisterTile/rows`` tiles, so that products need no separate kernel for the last
/// ones. Contents past the tiles do not affect the results of the tiles.
struct TileMatrices {
  private let memory: Tensor
  private let numbers: UnsafeMutablePointer<Float>
  /// The number of tiles per matrix, rounded up.
  let capacity: Int
  /// The stride between matrices. It exceeds their size by a cache line, so that the 36 places of a tile do not map to
  /// the same lines of the cache.
  let point: Int

  /// Allocates matrices for up to `tileCount` tiles. Throws `outOfMemory`.
  init(tileCount: Int, channels: Int) throws(TensorError) {
    capacity = (tileCount + RegisterTile.rows - 1) / RegisterTile.rows * RegisterTile.rows
    point = capacity * channels + 16
    let count = 36 * point
    memory = try Tensor(
      uninitialized: [count], .rowMajor([count], .float32), operation: "convolution")
    numbers = memory.stored()
  }

  /// Zeroes the places up to the next multiple of ``RegisterTile/rows`` tiles, as arbitrary contents (denormal numbers)
  /// could be slow to multiply.
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

  /// Returns the address of eight channels of a tile in the matrix of the first point.
  @inline(__always)
  func start(ofTile tile: Int, block: Int) -> UnsafeMutablePointer<Float> {
    numbers + (block / 2 * capacity + tile) * 16 + block % 2 * 8
  }

  /// The matrix of a point.
  @inline(__always)
  subscript(point number: Int) -> UnsafeMutablePointer<Float> { numbers + number * point }
}
