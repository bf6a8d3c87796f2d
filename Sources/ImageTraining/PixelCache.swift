import Dispatch
import Errors
import Foundation
package import Images
package import Learning
import ModelRegistry
import Synchronization

/// Decoded images in a memory-mapped file; the operating system decides how much of it stays in memory. The file is
/// unlinked and disappears with its owner.
package struct PixelCache: ImageSource {
  /// The location of an image in the file.
  private struct Entry {
    let start: Int
    let width: Int
    let height: Int
    let channels: Int
    let isFloat: Bool

    var byteCount: Int { width * height * channels * (isFloat ? 4 : 1) }
  }

  private let file: MappedFile?
  /// nil for an image that could not be read.
  private let entries: [Entry?]

  package var count: Int { entries.count }
  /// The size of all pixels in bytes.
  package var byteCount: Int { file?.byteCount ?? 0 }

  /// The number of images decoded at a time before they are written.
  private static let chunk = 64

  /// Decodes all images of `source`, several in parallel, in order.
  ///
  /// Returns nil if they would take more than `limit` bytes. Then nothing is kept, but the images beyond the limit
  /// are still decoded, so that unreadable ones are found.
  ///
  /// - Parameters:
  ///   - folder: The folder for the file.
  ///   - failed: Called with each image that cannot be read, in order; nil stops at the first.
  ///   - progress: Called with the number of images done.
  ///
  /// Throws the source's error for the first image that fails, or what `failed` throws; `inputOutput` if the file
  /// cannot be written.
  package init?(
    _ source: some ImageSource, limit: Int, in folder: String, threadCount: Int,
    failed: ((Int, TrainingError) throws(TrainingError) -> Void)? = nil,
    progress: (Int) throws(TrainingError) -> Void = { _ in }
  ) throws(TrainingError) {
    let path = folder + "/latent-pixels-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    defer { unlink(path) }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure("create", errno, path) }
    let output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var entries: [Entry?] = []
    var size = 0
    for start in stride(from: 0, to: source.count, by: Self.chunk) {
      let numbers = start..<min(start + Self.chunk, source.count)
      for (number, result) in Self.decoded(numbers, of: source, threadCount) {
        let image: Image
        do throws(TrainingError) { image = try result.get() } catch {
          guard let failed else { throw error }
          try failed(number, error)
          entries.append(nil)
          continue
        }
        if size > limit { continue }
        let entry = Entry(
          start: size, width: image.width, height: image.height, channels: image.channels,
          isFloat: image.samples.isFloat)
        size += (entry.byteCount + 3) / 4 * 4
        guard size <= limit else { continue }
        var bytes = image.samples.bytes
        bytes.append(Data(count: (4 - bytes.count % 4) % 4))
        do { try output.write(contentsOf: bytes) } catch {
          throw TrainingError(
            .inputOutput, "the decoded images can't be cached: \(error.localizedDescription)",
            place: folder, remedy: "Free disk space, or set TMPDIR to a folder with enough.")
        }
        entries.append(entry)
      }
      try progress(numbers.upperBound)
    }
    guard size <= limit else { return nil }
    self.entries = entries
    do throws(ModelFileError) { file = size > 0 ? try MappedFile(path) : nil } catch {
      throw TrainingError(.inputOutput, error.problem, place: error.place, remedy: error.remedy)
    }
  }

  private static func decoded(
    _ numbers: Range<Int>, of source: some ImageSource, _ threadCount: Int
  ) -> [(number: Int, result: Result<Image, TrainingError>)] {
    let next = Atomic(numbers.lowerBound)
    let results = Mutex<[Int: Result<Image, TrainingError>]>([:])
    DispatchQueue.concurrentPerform(iterations: min(threadCount, numbers.count)) { _ in
      while true {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard number < numbers.upperBound else { return }
        let result = Result { () throws(TrainingError) in try source.image(number) }
        results.withLock { $0[number] = result }
      }
    }
    let found = results.withLock { $0 }
    return numbers.map { number in
      guard let result = found[number] else { preconditionFailure("image \(number) was left out") }
      return (number, result)
    }
  }

  private static func failure(_ verb: String, _ code: Int32, _ path: String) -> TrainingError {
    TrainingError(
      .inputOutput, "can't \(verb) the file of decoded images: \(String(cString: strerror(code)))",
      place: path, remedy: "Set TMPDIR to a writable folder with enough space.")
  }

  package func image(_ number: Int) throws(TrainingError) -> Image {
    guard let entry = entries[number], let file else {
      throw TrainingError(
        .badData, "it could not be read", place: "image \(number)", remedy: "Exclude it.")
    }
    return file.withBytes { bytes in
      let own = UnsafeRawBufferPointer(rebasing: bytes[entry.start..<entry.start + entry.byteCount])
      return Image(
        width: entry.width, height: entry.height, channels: entry.channels,
        samples: entry.isFloat
          ? .float32(Array(own.bindMemory(to: Float.self))) : .uint8(Array(own)))
    }
  }
}

extension Image.Samples {
  fileprivate var isFloat: Bool {
    if case .float32 = self { true } else { false }
  }

  /// The samples as they lie in memory.
  fileprivate var bytes: Data {
    switch self {
    case .uint8(let samples): Data(samples)
    case .float32(let samples): samples.withUnsafeBytes { Data($0) }
    }
  }
}
