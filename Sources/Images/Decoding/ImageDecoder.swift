import Errors

/// Makes images of files: what a file is, its first bytes say, not its name.
///
///     let decoder = ImageDecoder()
///     let photo = try decoder.decode("cats/7.jpg", minimumSide: 256).image
///
/// It holds nothing but its limits: any number of threads may decode with it at once.
package struct ImageDecoder: Equatable, Sendable {
  /// What a file may ask for.
  package var limits: ImageLimits

  package init(limits: ImageLimits = ImageLimits()) { self.limits = limits }

  /// The image in the file at `path`.
  ///
  /// With a `minimumSide` the image may be smaller than the file has it where that costs less (JPEG: by 2, 4
  /// or 8), but its shorter side has at least that many pixels, unless the file's has fewer.
  /// Memory: the file's bytes, and at most 16 bytes a pixel and channel for a moment.
  package func decode(_ path: String, minimumSide: Int? = nil) throws(ImageError) -> DecodedImage {
    try decode(EncodedImage(path: path, limit: limits.fileBytes), minimumSide)
  }

  /// The image that `bytes` are, called `name` in errors.
  package func decode(
    _ bytes: [UInt8], name: String, minimumSide: Int? = nil
  ) throws(ImageError) -> DecodedImage {
    guard bytes.count <= limits.fileBytes else {
      throw ImageError(
        .fileTooLarge, "has \(bytes.count) bytes, and the limit is \(limits.fileBytes)",
        place: name, remedy: "Shrink it, leave it out, or raise the limit.")
    }
    return try decode(EncodedImage(name: name, bytes: bytes), minimumSide)
  }

  /// One image of several files of the same size, in each of which is one band: its channels in the order of
  /// `paths`. Samples are bytes when every file's are, else numbers, in which bytes count from 0 to 1.
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
          remedy: "Bring the bands to one grid first, such as with gdalwarp.")
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
        .empty, "is empty", place: file.name, remedy: "Fetch it again, or leave it out.")
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

  /// Why a file of no format that is read is not.
  private func refusal(of file: EncodedImage) -> ImageError {
    let formats = ImageFormat.all.map(\.name).joined(separator: ", ")
    guard let known = UnreadFormat.of(file.bytes) else {
      return ImageError(
        .notAnImage, "is no image that is known by its first bytes", place: file.name,
        remedy: "Leave it out; \(formats) are read.")
    }
    return known.isImage
      ? file.unsupported("is \(known.what), which is not read", remedy: known.remedy)
      : ImageError(.notAnImage, "is \(known.what)", place: file.name, remedy: known.remedy)
  }
}

extension Image {
  /// Images of one size and one channel each as the channels of one. Traps when they are none or others.
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
