import ArgumentParser
import Images

/// Limits on the images that are read.
struct ImageLimitOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Refuse images with more pixels than this.", valueName: "count"))
  var maxPixels = ImageLimits().pixels

  @Option(
    help: ArgumentHelp(
      "Refuse image files larger than this, such as 2gb (default: 512mb).", valueName: "bytes"),
    transform: { try ByteCount(reading: $0) })
  var maxImage = ByteCount(ImageLimits().fileBytes)

  func validate() throws {
    guard (1...1 << 31).contains(maxPixels) else {
      throw ValidationError("--max-pixels must be from 1 to \(1 << 31).")
    }
    guard (1...1 << 40).contains(maxImage.count) else {
      throw ValidationError("--max-image must be from 1 byte to 1 TiB.")
    }
  }

  /// A decoder with these limits.
  var decoder: ImageDecoder {
    var limits = ImageLimits()
    limits.pixels = maxPixels
    limits.fileBytes = maxImage.count
    return ImageDecoder(limits: limits)
  }

  /// The limits that differ from the defaults, for a run's record.
  var record: [String: String] {
    let usual = ImageLimits()
    var record: [String: String] = [:]
    if maxPixels != usual.pixels { record["max-pixels"] = "\(maxPixels)" }
    if maxImage.count != usual.fileBytes { record["max-image"] = "\(maxImage.count)" }
    return record
  }
}
