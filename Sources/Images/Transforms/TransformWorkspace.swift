/// The working memory of one thread, reused from image to image.
package final class TransformWorkspace {
  /// The image, and the output of the next step.
  var image = PixelGrid()
  var next = PixelGrid()
  /// A row of the file's pixels, and the same row resized.
  let sourceRow = PixelGrid()
  let scaledRow = PixelGrid()

  package init() {}

  /// The allocated bytes: they grow with the sizes of framed images, and with the widths of the files'.
  package var byteCount: Int {
    [image, next, sourceRow, scaledRow].reduce(0) { $0 + $1.byteCount }
  }

  /// Makes the output of the step the current image.
  func advance() { swap(&image, &next) }
}
