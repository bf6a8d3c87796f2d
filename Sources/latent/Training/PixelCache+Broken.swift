import Foundation
import ImageTraining
import Learning

extension PixelCache {
  /// What decoded images may take on the disk; above that they are decoded each time.
  static let usualLimit = 8 << 30

  /// All images of `source` decoded once, in the folder of temporary files, while the display counts them; nil when they
  /// take more than ``usualLimit``. Those that can't be read are added to `broken`. Throws what that throws of them, and
  /// when the file can't be written.
  init?(
    _ source: DecodedEachTime, broken: inout BrokenImages, threadCount: Int,
    _ display: TrainingDisplay
  ) throws(TrainingError) {
    var found = broken
    defer { broken = found }
    try self.init(
      source, limit: Self.usualLimit, in: FileManager.default.temporaryDirectory.path,
      threadCount: threadCount,
      failed: { (number, error) throws(TrainingError) in try found.add(number, error) },
      progress: { display.draw("reading \($0) of \(source.count) images") })
  }
}
