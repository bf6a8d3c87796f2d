import Errors

/// Decodes image files. The format is determined by a file's first bytes, not by its name.
///
///     let decoder = ImageDecoder()
///     let photo = try decoder.decode("cats/7.jpg", minimumSide: 256).image
///
/// The limits are its only state: any number of threads may decode with it concurrently.
package struct ImageDecoder: Equatable, Sendable {
  /// The limits on files.
  package var limits: ImageLimits

  package init(limits: ImageLimits = ImageLimits()) { self.limits = limits }

  /// Decodes the file at `path`.
  ///
  /// With a `minimumSide` the image may be smaller than the file's where that is cheaper (JPEG: by 2, 4 or 8). Its
  /// shorter side then has at least that many pixels, unless the file's has fewer. Memory: the file's bytes, and
  /// temporarily at most 16 bytes per pixel and channel.
  package func decode(_ path: String, minimumSide: Int? = nil) throws(ImageError) -> DecodedImage {
    try decode(EncodedImage(path: path, limit: limits.fileBytes), minimumSide)
  }

  /// Decodes an image from `bytes`; `name` is its name in errors.
  package func decode(
    _ bytes: [UInt8], name: String, minimumSide: Int? = nil
  ) throws(ImageError) -> DecodedImage {
    guard bytes.count <= limits.fileBytes else {
      throw ImageError(
        .fileTooLarge, "has \(bytes.count) bytes, and the limit is \(limits.fileBytes)",
        place: name, remedy: "Downscale it, exclude it, or raise the limit.")
    }
    return try decode(EncodedImage(name: name, bytes: bytes), minimumSide)
  }

  /// Decodes one image from several files of the same size, each with one band. The bands become channels in the
  /// order of `paths`. Samples are bytes if those of every file are; otherwise they are floats, with bytes scaled to
  /// 0 ... 1.
  package func decode(bands paths: [String]) throws(ImageError) -> DecodedImage {
    precondition(!paths.isEmpty, "an image has bands")
    var bands: [Image] = []
    var remarks: [ImageRemark] = []
    var format = ""
    for path in paths {
      let decoded = try decode(path)
      let band = decoded.image
      for remark in decoded.remarks where !remarks.contains(remark) { remarks.append(remark) }
      format = decoded.format
      guard band.channels == 1 else {
        throw ImageError(
          .mismatchedBands, "has \(band.channels) channels, and a band has one", place: path,
          remedy: "Name files of one channel each, or this one alone.")
      }
      if let first = bands.first, first.width != band.width || first.height != band.height {
        throw ImageError(
          .mismatchedBands,
          "is \(band.width) by \(band.height) pixels, and \(paths[0]) is \(first.width) by "
            + "\(first.height)", place: path,
          remedy: "Resample the bands to one grid first, for example with gdalwarp.")
      }
      bands.append(band)
      try limits.admit(
        width: band.width, height: band.height, channels: bands.count, place: path)
    }
    var stacked = DecodedImage(Image(stacking: bands), remarks: remarks)
    stacked.format = format
    return stacked
  }

  private func decode(_ file: EncodedImage, _ minimumSide: Int?) throws(ImageError) -> DecodedImage
  {
    guard !file.bytes.isEmpty else {
      throw ImageError(
        .empty, "is empty", place: file.name, remedy: "Fetch it again, or exclude it.")
    }
    guard let format = ImageFormat.of(file.bytes) else { throw refusal(of: file) }
    var decoded = try format.decode(
      file, DecodingOptions(limits: limits, minimumSide: minimumSide))
    decoded.format = format.name
    if let named = ImageFormat.named(file.name), named.name != format.name {
      decoded.remarks.append(.mislabelled)
    }
    return decoded
  }

  /// Returns the error for a file whose format is not supported.
  private func refusal(of file: EncodedImage) -> ImageError {
    let formats = ImageFormat.all.map(\.name).joined(separator: ", ")
    guard let known = UnreadFormat.of(file.bytes) else {
      return ImageError(
        .notAnImage, "is not an image of a known format", place: file.name,
        remedy: "Supported formats are \(formats).")
    }
    return known.isImage
      ? file.unsupported("is \(known.what), which is not supported", remedy: known.remedy)
      : ImageError(.notAnImage, "is \(known.what)", place: file.name, remedy: known.remedy)
  }
}

extension Image {
  /// Stacks single-channel images of one size as the channels of one image. Traps if there are none or they differ.
  fileprivate init(stacking bands: [Image]) {
    let (width, height, count) = (bands[0].width, bands[0].height, bands.count)
    precondition(bands.allSatisfy { $0.channels == 1 && $0.width == width && $0.height == height })
    let bytes = bands.compactMap { band -> [UInt8]? in
      if case .uint8(let samples) = band.samples { samples } else { nil }
    }
    let samples: Samples
    if bytes.count == count {
      samples = .uint8(Self.interleaved(bytes))
    } else {
      let numbers = bands.map { band in
        switch band.samples {
        case .uint8(let samples): samples.map { Float($0) / 255 }
        case .float32(let samples): samples
        }
      }
      samples = .float32(Self.interleaved(numbers))
    }
    self.init(width: width, height: height, channels: count, samples: samples)
  }

  private static func interleaved<Sample>(_ bands: [[Sample]]) -> [Sample] {
    var samples: [Sample] = []
    samples.reserveCapacity(bands.count * bands[0].count)
    for pixel in bands[0].indices {
      for band in bands { samples.append(band[pixel]) }
    }
    return samples
  }
}
