import CTIFF

/// libtiff's handle for a file in memory. Prints nothing: the first error is kept.
final class TIFFFile {
  let handle: OpaquePointer
  /// The number of images in the file.
  let imageCount: Int
  let limits: ImageLimits
  private let memory: TIFFMemory
  private let message: UnsafeMutablePointer<CTIFFMessage>

  /// Opens the file and reads the tags of its first image. A single allocation of libtiff is limited to twice the
  /// limit on all samples, and to the memory limit. Its own tables are exempt from the latter, since the memory of
  /// an image is admitted before its pixels are read.
  init(_ file: EncodedImage, _ limits: ImageLimits) throws(ImageError) {
    Self.silence
    self.limits = limits
    guard let options = TIFFOpenOptionsAlloc() else {
      throw file.broken("libtiff could not be started")
    }
    defer { TIFFOpenOptionsFree(options) }
    message = .allocate(capacity: 1)
    message.initialize(to: CTIFFMessage())
    memory = TIFFMemory(file.bytes)
    ctiff_set_handlers(options, message)
    TIFFOpenOptionsSetMaxSingleMemAlloc(
      options,
      tmsize_t(min(limits.pixels * 32, max(limits.memoryBytes, Self.tableBytes))))
    let opened = TIFFClientOpenExt(
      "", "rm", Unmanaged.passUnretained(memory).toOpaque(), TIFFMemory.read, TIFFMemory.write,
      TIFFMemory.seek, TIFFMemory.close, TIFFMemory.size, nil, nil, options)
    guard let opened else {
      let words = Self.text(message)
      message.deallocate()
      throw file.broken("libtiff says: \(words)")
    }
    handle = opened
    // Counted by following their links: reading the tags of each could take unbounded time.
    imageCount = max(1, Int(TIFFNumberOfDirectories(handle)))
    // Errors in the other images do not concern the first.
    message.pointee = CTIFFMessage()
  }

  deinit {
    TIFFClose(handle)
    message.deallocate()
  }

  /// Returns libtiff's first error; `what` replaces it if there was none.
  func failure(_ file: EncodedImage, else what: String) -> ImageError {
    let words = Self.text(message)
    return file.broken(words.isEmpty ? what : "libtiff says: \(words)")
  }

  /// Returns a 16-bit tag, or its default if the file lacks it; nil if it has no default.
  func number16(_ tag: Int32) -> UInt16? {
    var value: UInt16 = 0
    return ctiff_get_16(handle, UInt32(tag), &value) != 0 ? value : nil
  }

  /// Returns a 32-bit tag, or its default if the file lacks it; nil if it has no default.
  func number32(_ tag: Int32) -> UInt32? {
    var value: UInt32 = 0
    return ctiff_get_32(handle, UInt32(tag), &value) != 0 ? value : nil
  }

  /// Throws if there are more strips or tiles than a valid file has, or if one lies beyond the end of the file.
  func checkExtents(_ layout: TIFFLayout, _ file: EncodedImage) throws(ImageError) {
    let count = layout.isTiled ? TIFFNumberOfTiles(handle) : TIFFNumberOfStrips(handle)
    guard count <= Self.pieceCountLimit else {
      throw file.broken("it has \(count) strips or tiles, and the limit is \(Self.pieceCountLimit)")
    }
    for piece in 0..<count {
      let (end, overflow) = TIFFGetStrileOffset(handle, piece).addingReportingOverflow(
        TIFFGetStrileByteCount(handle, piece))
      guard !overflow, end <= file.bytes.count else {
        throw file.truncated("the TIFF ends before the image does")
      }
    }
  }

  private static func text(_ message: UnsafeMutablePointer<CTIFFMessage>) -> String {
    withUnsafeBytes(of: &message.pointee.text) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Silences libtiff's global handlers; those of Latent's own files take precedence.
  private static let silence: Void = {
    TIFFSetErrorHandler(nil)
    TIFFSetWarningHandler(nil)
  }()

  private static let pieceCountLimit = 1 << 20
  private static let tableBytes = 1 << 20
}

/// A file's bytes with a read position, for libtiff.
private final class TIFFMemory {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private static func of(_ handle: thandle_t?) -> TIFFMemory? {
    handle.map { Unmanaged<TIFFMemory>.fromOpaque($0).takeUnretainedValue() }
  }

  static let read: TIFFReadWriteProc = { handle, destination, count in
    guard let memory = TIFFMemory.of(handle), let destination, count > 0 else { return 0 }
    let given = min(Int(count), memory.bytes.count - memory.position)
    memory.bytes.withUnsafeBytes { bytes in
      let source = UnsafeRawBufferPointer(
        rebasing: bytes[memory.position..<memory.position + given])
      UnsafeMutableRawBufferPointer(start: destination, count: given).copyMemory(from: source)
    }
    memory.position += given
    return tmsize_t(given)
  }

  static let write: TIFFReadWriteProc = { _, _, _ in 0 }

  static let seek: TIFFSeekProc = { handle, offset, origin in
    guard let memory = TIFFMemory.of(handle) else { return .max }
    let base: Int
    switch origin {
    case SEEK_SET: base = 0
    case SEEK_CUR: base = memory.position
    default: base = memory.bytes.count
    }
    let (target, overflow) = base.addingReportingOverflow(Int(truncatingIfNeeded: offset))
    // Nothing can be read beyond the end.
    memory.position = overflow || target < 0 ? memory.bytes.count : min(target, memory.bytes.count)
    return overflow || target < 0 ? .max : toff_t(target)
  }

  static let close: TIFFCloseProc = { _ in 0 }

  static let size: TIFFSizeProc = { handle in
    toff_t(TIFFMemory.of(handle)?.bytes.count ?? 0)
  }
}
