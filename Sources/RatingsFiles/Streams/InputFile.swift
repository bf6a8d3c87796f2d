import Errors
import Foundation

/// An open file, pipe or standard input, read as UTF-8 text whatever its compression and encoding. Closed on
/// deinitialisation.
final class InputFile {
  /// The file's name in messages.
  let name: String
  /// The file's compression, if any.
  let compression: Compression?
  /// The file's encoding.
  let encoding: TextEncoding
  /// The number of bytes of text read since the start or the last ``rewind()``.
  private(set) var bytesRead = 0
  private var descriptor: DescriptorStream
  private var text: PeekableStream

  /// Opens the file at `path`; `-` is standard input. A byte order mark of UTF-8 takes precedence over the
  /// given encoding. Without a given one, the encoding is that of the mark, else UTF-8.
  init(path: String, encoding: TextEncoding? = nil) throws(RatingsFileError) {
    name = path == "-" ? "standard input" : path
    descriptor = try DescriptorStream(path: path, name: name)
    let raw = PeekableStream(descriptor)
    compression = Compression(of: try raw.peek(Compression.signatureByteCount))
    let unpacked =
      if let compression { PeekableStream(try compression.unpacked(raw, name: name)) } else { raw }
    let marked = TextEncoding(markOf: try unpacked.peek(byteOrderMark.count))
    // In no other encoding does a text begin with the characters that these bytes would be.
    self.encoding = marked == .utf8 ? .utf8 : encoding ?? marked ?? .utf8
    text =
      self.encoding == .utf8
      ? unpacked : PeekableStream(TranscodedStream(unpacked, self.encoding, name: name))
  }

  /// Reads up to `count` bytes into `buffer` from `position` on, and returns the number read; 0 at the end.
  /// `buffer` must be long enough.
  func read(into buffer: inout [UInt8], at position: Int, upTo count: Int)
    throws(RatingsFileError) -> Int
  {
    let given = try text.read(into: &buffer, at: position, upTo: count)
    bytesRead += given
    return given
  }

  /// Returns the next `count` bytes without consuming them; fewer only at the end.
  func peek(_ count: Int) throws(RatingsFileError) -> ArraySlice<UInt8> {
    try text.peek(count)
  }

  /// The number of the file's own bytes read and their total; nil for a pipe.
  var shareRead: (read: Int, of: Int)? {
    descriptor.size.map { (descriptor.bytesRead, $0) }
  }

  /// Enables ``rewind()``. Copies the text of a pipe to a temporary file, which has no name and disappears
  /// with this object or the process; leaves a file as it is. Throws if there are more than `spoolLimit`
  /// bytes.
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
          "the input exceeds \(spoolLimit >> 20) MiB, the limit for spooling to \(spool.folder) to read it twice",
          place: FilePlace(file: name),
          remedy: "Specify the types of the ids, so that one pass is enough, or allow more.")
      }
      try spool.append(buffer[..<count])
    }
    descriptor = DescriptorStream(spool.takeDescriptor(), size: total, name: name)
    text = PeekableStream(descriptor)
    try rewind()
  }

  /// Goes back to the first byte. Traps for a pipe that was not made rewindable.
  func rewind() throws(RatingsFileError) {
    bytesRead = 0
    try text.rewind()
  }
}
