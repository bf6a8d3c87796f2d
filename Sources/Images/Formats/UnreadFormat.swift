/// Files often found among images that are no ``ImageFormat``, recognised by their first bytes.
struct UnreadFormat: Sendable {
  /// The description of the file, as in "is ...".
  let what: String
  let remedy: String
  /// Whether the file is an image, of an unsupported kind.
  let isImage: Bool
  private let isFormat: @Sendable (ArraySlice<UInt8>) -> Bool

  /// Returns the format of a file that begins with `bytes`; nil if unknown.
  static func of(_ bytes: [UInt8]) -> UnreadFormat? {
    all.first { $0.isFormat(bytes.prefix(64)) }
  }

  private init(
    image what: String, _ isFormat: @escaping @Sendable (ArraySlice<UInt8>) -> Bool
  ) {
    self.init(
      what, "Convert it to PNG or JPEG, for example with ImageMagick: convert FILE FILE.png",
      isImage: true, isFormat)
  }

  private init(
    _ what: String, _ remedy: String, isImage: Bool = false,
    _ isFormat: @escaping @Sendable (ArraySlice<UInt8>) -> Bool
  ) {
    self.what = what
    self.remedy = remedy
    self.isImage = isImage
    self.isFormat = isFormat
  }

  private static let all: [UnreadFormat] = [
    UnreadFormat(image: "a GIF", { $0.starts(with: "GIF8".utf8) }),
    UnreadFormat(image: "a bitmap (BMP)", isBitmap),
    UnreadFormat(
      image: "an image in HEIF or AVIF",
      { bytes in
        bytes.dropFirst(4).starts(with: "ftyp".utf8)
          && ["heic", "heix", "hevc", "mif1", "msf1", "avif", "avis"].contains {
            bytes.dropFirst(8).starts(with: $0.utf8)
          }
      }),
    UnreadFormat(
      image: "a JPEG 2000", { $0.dropFirst(4).starts(with: [0x6A, 0x50, 0x20, 0x20]) }),
    UnreadFormat(
      image: "a JPEG XL",
      { $0.starts(with: [0xFF, 0x0A]) || $0.dropFirst(4).starts(with: "JXL ".utf8) }),
    UnreadFormat(image: "a Photoshop document", { $0.starts(with: "8BPS".utf8) }),
    UnreadFormat(image: "a Netpbm image (PBM, PGM, PPM)", isPortableMap),
    UnreadFormat(
      image: "a drawing (SVG)", { begins($0, with: "<svg") }),
    UnreadFormat(
      "a video", "Save its frames as images in a folder: ffmpeg -i FILE FOLDER/%06d.jpg",
      {
        $0.dropFirst(4).starts(with: "ftyp".utf8)
          || $0.starts(with: [0x1A, 0x45, 0xDF, 0xA3])
          || $0.starts(with: "RIFF".utf8) && $0.dropFirst(8).starts(with: "AVI ".utf8)
      }),
    UnreadFormat("a PDF", "Save its pages as images.", { $0.starts(with: "%PDF-".utf8) }),
    UnreadFormat(
      "a Git LFS pointer to a file that was not fetched",
      "Fetch it: git lfs pull", { begins($0, with: "version https://git-lfs") }),
    UnreadFormat(
      "a web page", "It is likely an error or login page: fetch the image itself again.",
      { bytes in ["<!doctype html", "<html", "<head"].contains { begins(bytes, with: $0) } }),
    UnreadFormat(
      "an archive", "Unpack it.",
      {
        $0.starts(with: [0x50, 0x4B, 0x03, 0x04]) || $0.starts(with: [0x1F, 0x8B])
          || $0.starts(with: [0x37, 0x7A, 0xBC, 0xAF])
      }),
  ]

  /// Checks the two letters, which a text may begin with too, and the length of the header that follows the size:
  /// one of the known lengths (BITMAPCOREHEADER to BITMAPV5HEADER).
  @Sendable private static func isBitmap(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.starts(with: "BM".utf8), bytes.count >= 26 else { return false }
    let length = bytes.dropFirst(14).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    return [12, 16, 40, 52, 56, 64, 108, 124].contains(length)
  }

  /// Checks for `P1` to `P6`, white space and comments, then two numbers (netpbm), or `P7`, then a line with the
  /// width (PAM).
  @Sendable private static func isPortableMap(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.first == UInt8(ascii: "P"), let kind = bytes.dropFirst().first else { return false }
    var rest = bytes.dropFirst(2)
    if kind == UInt8(ascii: "7") { return rest.starts(with: "\nWIDTH ".utf8) }
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    guard (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(kind), rest.first.map(isSpace) == true
    else { return false }
    for _ in 0..<2 {
      rest = rest.drop(while: isSpace)
      while rest.first == UInt8(ascii: "#") {
        rest = rest.drop { $0 != 0x0A }
        // The comment exceeds the bytes examined.
        if rest.isEmpty { return true }
        rest = rest.drop(while: isSpace)
      }
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return false }
      rest = rest.dropFirst(digits.count)
    }
    return rest.first.map(isSpace) == true
  }

  /// Returns whether `bytes` begin with `text`, ignoring case; `text` is in lower case.
  private static func begins(_ bytes: ArraySlice<UInt8>, with text: String) -> Bool {
    bytes.count >= text.utf8.count
      && zip(bytes, text.utf8).allSatisfy { byte, letter in
        byte == letter || (0x41...0x5A).contains(byte) && byte | 0x20 == letter
      }
  }
}
