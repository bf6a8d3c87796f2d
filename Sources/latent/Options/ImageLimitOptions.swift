import ArgumentParser
import Images

/// What an image may ask for that is read.
struct ImageLimitOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Refuse images of more pixels.", valueName: "count"))
  var maxPixels = ImageLimits().pixels

  @Option(
    help: ArgumentHelp(
      "Refuse images in larger files, such as 2gb (default: 512mb).", valueName: "bytes"),
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

  /// What decodes within them.
  var decoder: ImageDecoder {
    var limits = ImageLimits()
    limits.pixels = maxPixels
    limits.fileBytes = maxImage.count
    return ImageDecoder(limits: limits)
  }

  /// What was asked for beyond the usual, for a run's record.
  var record: [String: String] {
    let usual = ImageLimits()
    var record: [String: String] = [:]
    if maxPixels != usual.pixels { record["max-pixels"] = "\(maxPixels)" }
    if maxImage.count != usual.fileBytes { record["max-image"] = "\(maxImage.count)" }
    return record
  }
}
