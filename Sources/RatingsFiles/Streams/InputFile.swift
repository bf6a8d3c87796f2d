import Errors
import Foundation

/// A file, pipe or standard input that is open for reading, as text in UTF-8 whatever its compression
/// and encoding; closed when its owner goes.
final class InputFile {
  /// The file as messages name it.
  let name: String
  /// How the file is compressed, where it is.
  let compression: Compression?
  /// How its characters are written.
  let encoding: TextEncoding
  /// The number of bytes of text handed out since the beginning or the last ``rewind()``.
  private(set) var bytesRead = 0
  private var descriptor: DescriptorStream
  private var text: PeekableStream

  /// Opens the file at `path`; `-` is standard input. The encoding is the one that is given, unless the byte
  /// order mark of UTF-8 says otherwise; without one that of the mark, else UTF-8.
  init(path: String, encoding: TextEncoding? = nil) throws(RatingsFileError) {
    name = path == "-" ? "standard input" : path
    descriptor = try DescriptorStream(path: path, name: name)
    let raw = PeekableStream(descriptor)
    compression = Compression(of: try raw.peek(Compression.signatureByteCount))
    let unpacked =
      if let compression { PeekableStream(try compression.unpacked(raw, name: name)) } else { raw }
    let marked = TextEncoding(markOf: try unpacked.peek(byteOrderMark.count))
    // In no other encoding does a text begin with the signs that these bytes are there.
    self.encoding = marked == .utf8 ? .utf8 : encoding ?? marked ?? .utf8
    text =
      self.encoding == .utf8
      ? unpacked : PeekableStream(TranscodedStream(unpacked, self.encoding, name: name))
  }

  /// Reads up to `count` bytes into `buffer` from `position` on, and returns how many came; 0 at the
  /// end. `buffer` must be long enough.
  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    let given = try text.read(into: &buffer, at: position, upTo: count)
    bytesRead += given
    return given
  }

  /// The next `count` bytes, fewer only at the end, without handing them out.
  func peek(_ count: Int) throws(RatingsFileError) -> ArraySlice<UInt8> {
    try text.peek(count)
  }

  /// What share of the file's own bytes were read, 0 to 1; nil of a pipe.
  var shareRead: (read: Int, of: Int)? {
    descriptor.size.map { (descriptor.bytesRead, $0) }
  }

  /// Makes ``rewind()`` possible: the text that comes from a pipe is copied to a temporary file, which
  /// has no name and goes with this object or the process. A file is left as it is. Throws when more
  /// than `spoolLimit` bytes come.
  func makeRewindable(spoolLimit: Int) throws(RatingsFileError) {
    guard descriptor.size == nil else { return }
    let spool = try TemporaryFile(purpose: .reading, name: name)
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var total = 0
    while true {
      let count = try read(into: &buffer, at: 0, upTo: buffer.count)
      if count == 0 { break }
      total += count
      guard total <= spoolLimit else {
        throw RatingsFileError(
          .notRewindable,
          "more than \(spoolLimit >> 20) MiB came, which are kept in \(spool.folder) to be read twice",
          place: FilePlace(file: name),
          remedy: "Say the types of the ids, with which once is enough, or allow more.")
      }
      try spool.append(buffer[..<count])
    }
    descriptor = DescriptorStream(spool.takeDescriptor(), size: total, name: name)
    text = PeekableStream(descriptor)
    try rewind()
  }

  /// Goes back to the first byte. Traps on a pipe that was not made rewindable.
  func rewind() throws(RatingsFileError) {
    bytesRead = 0
    try text.rewind()
  }
}
