/// An unsupported file format, recognised by its first bytes, and how to convert it.
struct ForeignFormat: Sendable {
  /// A description of the format that completes "it is ...".
  let what: String
  let remedy: String
  private let isFormat: @Sendable (ArraySlice<UInt8>) -> Bool

  /// Returns the format of a file that begins with `bytes`; nil for text.
  static func of(_ bytes: ArraySlice<UInt8>) -> ForeignFormat? {
    all.first { $0.isFormat(bytes) }
  }

  private init(
    _ what: String, _ remedy: String, _ isFormat: @escaping @Sendable (ArraySlice<UInt8>) -> Bool
  ) {
    self.what = what
    self.remedy = remedy
    self.isFormat = isFormat
  }

  /// Matches bytes that begin with any of `signatures`.
  private init(_ what: String, _ remedy: String, signatures: [UInt8]...) {
    self.init(what, remedy) { bytes in signatures.contains { bytes.starts(with: $0) } }
  }

  /// Matches bytes that begin with any of `texts`, ignoring case and white space before them.
  private init(_ what: String, _ remedy: String, texts: String...) {
    self.init(what, remedy) { bytes in
      let start = String(decoding: bytes.prefix(200), as: UTF8.self)
        .drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
      return texts.contains { start.hasPrefix($0) }
    }
  }

  private static let all: [ForeignFormat] = [
    ForeignFormat(
      "a spreadsheet (xlsx or ods)",
      "Save it as CSV, or: libreoffice --headless --convert-to csv FILE",
      { bytes in
        bytes.starts(with: zip)
          && ["[Content_Types].xml", "xl/", "mimetypeapplication/vnd.oasis"].contains {
            bytes.prefix(4096).contains(subsequence: Array($0.utf8))
          }
      }),
    ForeignFormat(
      "a zip archive", "Unpack it and import the folder or file in it: unzip FILE",
      signatures: zip, [0x50, 0x4B, 0x05, 0x06]),
    ForeignFormat(
      "a Parquet file",
      "Convert it on the fly: duckdb -csv -c \"from 'FILE'\" | latent import -",
      signatures: Array("PAR1".utf8)),
    ForeignFormat(
      "an Arrow or Feather file",
      "Convert it: python3 -c 'import sys, pyarrow.feather as f; "
        + "f.read_feather(sys.argv[1]).to_csv(sys.stdout, index=False)' FILE | latent import -",
      signatures: Array("ARROW1".utf8), Array("FEA1".utf8)),
    ForeignFormat(
      "an Arrow stream",
      "Convert it: python3 -c 'import sys, pyarrow as a; "
        + "a.ipc.open_stream(sys.argv[1]).read_pandas().to_csv(sys.stdout, index=False)' FILE | latent import -",
      signatures: [0xFF, 0xFF, 0xFF, 0xFF]),
    ForeignFormat(
      "an SQLite database",
      "Train on it as it is: latent train --store sqlite:FILE --ratings-query 'select ...'. Or: "
        + "sqlite3 -csv -header FILE 'select ...' | latent import -",
      signatures: Array("SQLite format 3\0".utf8)),
    ForeignFormat(
      "an Avro file", "Convert it: avro-tools tojson FILE | latent import -",
      signatures: Array("Obj\u{1}".utf8)),
    ForeignFormat(
      "an ORC file",
      "Convert it: python3 -c 'import sys, pyarrow.orc as o; "
        + "o.ORCFile(sys.argv[1]).read().to_pandas().to_csv(sys.stdout, index=False)' FILE | latent import -",
      signatures: Array("ORC".utf8) + [0x08], Array("ORC".utf8) + [0x0A]),
    ForeignFormat(
      "an HDF5 file", "Write its table as CSV, such as with pandas.read_hdf(FILE).to_csv().",
      signatures: [0x89] + Array("HDF\r\n\u{1A}\n".utf8)),
    ForeignFormat(
      "a NumPy file", "Write it as CSV, such as with numpy.savetxt(..., fmt='%s', delimiter=',').",
      signatures: [0x93] + Array("NUMPY".utf8)),
    ForeignFormat(
      "a MATLAB file", "Write its table as CSV, such as with writematrix.",
      texts: "matlab 5.0 mat-file"),
    ForeignFormat(
      "a Python pickle",
      "Write it as CSV: python3 -c 'import sys, pandas; "
        + "pandas.read_pickle(sys.argv[1]).to_csv(sys.stdout, index=False)' FILE | latent import -",
      signatures: [0x80, 2], [0x80, 3], [0x80, 4], [0x80, 5]),
    ForeignFormat(
      "an old Excel or Word file",
      "Save it as CSV, or: libreoffice --headless --convert-to csv FILE",
      signatures: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
    ForeignFormat(
      "compressed with xz", "Decompress it on the fly: xz -dc FILE | latent import -",
      signatures: [0xFD] + Array("7zXZ\0".utf8)),
    ForeignFormat(
      "compressed with bzip2", "Decompress it on the fly: bzip2 -dc FILE | latent import -",
      {
        $0.count >= 10 && $0.starts(with: Array("BZh".utf8))
          && $0.dropFirst(4).starts(with: [0x31, 0x41, 0x59, 0x26])
      }),
    ForeignFormat(
      "compressed with lz4", "Decompress it on the fly: lz4 -dc FILE | latent import -",
      signatures: [0x04, 0x22, 0x4D, 0x18]),
    ForeignFormat(
      "a 7-Zip archive", "Unpack it and import what is in it: 7z x FILE",
      signatures: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
    ForeignFormat(
      "a RAR archive", "Unpack it and import what is in it: unrar x FILE",
      signatures: Array("Rar!\u{1A}\u{7}".utf8)),
    ForeignFormat(
      "a tar archive", "Unpack it and import what is in it: tar -xf FILE",
      { $0.count > 262 && $0.dropFirst(257).starts(with: Array("ustar".utf8)) }),
    ForeignFormat(
      "a PDF", "Get the table as CSV from its source.", signatures: Array("%PDF-".utf8)),
    ForeignFormat(
      "an image", "Name the file of ratings or items.",
      signatures: [0x89, 0x50, 0x4E, 0x47], [0xFF, 0xD8, 0xFF], Array("GIF8".utf8)),
    ForeignFormat(
      "a program", "Name the file of ratings or items.",
      signatures: [0x7F] + Array("ELF".utf8), [0xCF, 0xFA, 0xED, 0xFE], Array("#!".utf8)),
    ForeignFormat(
      "a program", "Name the file of ratings or items.",
      { $0.starts(with: Array("MZ".utf8)) && $0.prefix(64).contains(0) }),
    ForeignFormat(
      "a Git LFS pointer to a file that was not fetched",
      "Fetch it: git lfs pull", texts: "version https://git-lfs"),
    ForeignFormat(
      "a web page", "It is probably an error page or a login form: fetch the file itself again.",
      texts: "<!doctype html", "<html", "<head"),
    ForeignFormat(
      "XML", "Convert it to CSV with a program that knows its structure.", texts: "<?xml"),
    ForeignFormat(
      "in the Netflix Prize's own format, with ratings below the number of their film",
      "Put each film's number into its lines: awk -F, '/:/ {film = $1; sub(/:.*/, \"\", film); next} "
        + "{print $1 \",\" film \",\" $2 \",\" $3}' FILE | latent import -",
      { bytes in
        let line = bytes.prefix(20).prefix { $0 != lineFeed && $0 != carriageReturn }
        return line.count > 1 && line.last == UInt8(ascii: ":")
          && line.dropLast().allSatisfy { $0 &- UInt8(ascii: "0") <= 9 }
      }),
    ForeignFormat(
      "text whose lines end in a carriage return only",
      "Convert it: tr '\\r' '\\n' < FILE",
      { bytes in
        let returns = Swift.zip(bytes, bytes.dropFirst()).count {
          $0 == carriageReturn && $1 != lineFeed
        }
        let lines = bytes.count { $0 == lineFeed }
        // A file concatenated with others may also contain line feeds, and quoted text may contain both.
        return returns > 0 && returns >= lines && !bytes.contains(0)
          && (lines == 0 || !bytes.contains(UInt8(ascii: "\"")))
      }),
    ForeignFormat(
      "text in UTF-16 without a byte order mark", "Specify the encoding utf-16.",
      { isUTF16($0, isBigEndian: false) || isUTF16($0, isBigEndian: true) }),
    ForeignFormat(
      "not text: it contains binary data", "Name a file of ratings or items.",
      { bytes in
        // Tabs, line ends, form feeds and escapes occur in text; more than one in 32 of other control
        // characters is too many.
        let foreign = bytes.count { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains($0) }
        return foreign > 8 && foreign * 32 > bytes.count
      }),
  ]

  /// Returns whether the start of `bytes` is UTF-16 text: complete characters, no control characters except
  /// tabs and line ends, and two bytes for each separator of lines and columns.
  private static func isUTF16(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> Bool {
    let beginning = Array(bytes.prefix(200))
    guard beginning.contains(0) else { return false }
    let units = stride(from: 0, to: beginning.count - 1, by: 2).map { position in
      let (first, second) = (UInt16(beginning[position]), UInt16(beginning[position + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    let separators = Array("\n\t,;|".utf8)
    let found = units.count { unit in UInt8(exactly: unit).map(separators.contains) ?? false }
    let hasControls = units.contains { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) }
    // The last one may be the first half of a surrogate pair.
    return found > 0 && found * 2 > beginning.count(where: separators.contains) && !hasControls
      && String(validating: units.dropLast(), as: UTF16.self) != nil
  }

  private static let zip: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
}

extension Collection where Element: Equatable {
  /// Returns whether the collection contains `other`, which must not be empty. Takes time proportional to the
  /// product of the lengths.
  fileprivate func contains(subsequence other: [Element]) -> Bool {
    var rest = self[...]
    while let position = rest.firstIndex(of: other[0]) {
      rest = rest[position...]
      if rest.starts(with: other) { return true }
      rest = rest.dropFirst()
    }
    return false
  }
}
