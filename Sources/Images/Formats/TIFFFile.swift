import CTIFF

/// libtiff's handle for a file in memory. Nothing is printed: the first error is kept.
final class TIFFFile {
  let handle: OpaquePointer
  /// How many images the file holds.
  let imageCount: Int
  let limits: ImageLimits
  private let memory: TIFFMemory
  private let message: UnsafeMutablePointer<CTIFFMessage>

  /// Opens the file and reads the tags of its first image. Libtiff takes no single piece of memory larger than
  /// twice what the limits allow for all samples, or than they allow for memory; its own tables it may have, as what an
  /// image takes is admitted before its pixels are read.
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
    // Counted by their links: reading the tags of each might take as long as the file likes.
    imageCount = max(1, Int(TIFFNumberOfDirectories(handle)))
    // What is said of the others is no fault of the first.
    message.pointee = CTIFFMessage()
  }

  deinit {
    TIFFClose(handle)
    message.deallocate()
  }

  /// The error that libtiff's last complaint is; `what` stands for it where there was none.
  func failure(_ file: EncodedImage, else what: String) -> ImageError {
    let words = Self.text(message)
    return file.broken(words.isEmpty ? what : "libtiff says: \(words)")
  }

  /// A tag of 16 bits, its default where the file has none; nil where there is no default either.
  func number16(_ tag: Int32) -> UInt16? {
    var value: UInt16 = 0
    return ctiff_get_16(handle, UInt32(tag), &value) != 0 ? value : nil
  }

  /// The same for a tag of 32 bits.
  func number32(_ tag: Int32) -> UInt32? {
    var value: UInt32 = 0
    return ctiff_get_32(handle, UInt32(tag), &value) != 0 ? value : nil
  }

  /// Throws when there are more pieces than a good file has, or one lies beyond the end of the file.
  func checkExtents(_ layout: TIFFLayout, _ file: EncodedImage) throws(ImageError) {
    let count = layout.isTiled ? TIFFNumberOfTiles(handle) : TIFFNumberOfStrips(handle)
    guard count <= Self.pieceCountLimit else {
      throw file.broken("it is in \(count) pieces, and the limit is \(Self.pieceCountLimit)")
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

  /// Handlers for what libtiff says without a file; those of Latent's files come first.
  private static let silence: Void = {
    TIFFSetErrorHandler(nil)
    TIFFSetWarningHandler(nil)
  }()

  private static let pieceCountLimit = 1 << 20
  private static let tableBytes = 1 << 20
}

/// A file's bytes with a position, as libtiff reads them.
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
    // Beyond the end there is nothing to read.
    memory.position = overflow || target < 0 ? memory.bytes.count : min(target, memory.bytes.count)
    return overflow || target < 0 ? .max : toff_t(target)
  }

  static let close: TIFFCloseProc = { _ in 0 }

  static let size: TIFFSizeProc = { handle in
    toff_t(TIFFMemory.of(handle)?.bytes.count ?? 0)
  }
}
