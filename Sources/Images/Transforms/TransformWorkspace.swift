/// The memory in which one thread transforms one image after the other.
package final class TransformWorkspace {
  /// The image, and what the next step makes of it.
  var image = PixelGrid()
  var next = PixelGrid()
  /// A row of the file's pixels, and the same row at the size that it is brought to.
  let sourceRow = PixelGrid()
  let scaledRow = PixelGrid()

  package init() {}

  /// The bytes that it holds: they grow with the sizes that images are brought to, and with their widths.
  package var byteCount: Int {
    [image, next, sourceRow, scaledRow].reduce(0) { $0 + $1.byteCount }
  }

  /// What the step made is the image now.
  func advance() { swap(&image, &next) }
}
