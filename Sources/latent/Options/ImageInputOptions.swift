import ArgumentParser
import Errors
import ImageModels
import Images

/// How images are brought to what a model sees, and how they are changed at random in training.
struct ImageInputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What the model sees, in pixels: a side, or WIDTHxHEIGHT. With a training several, such as 64,128: it goes on from "
        + "smaller images to larger ones, and the last is the model's (default: as --weights say, else \(usualSize)).",
      valueName: "sizes"),
    transform: { try SizeChoice($0) })
  var size: SizeChoice?

  @Option(
    help: ArgumentHelp(
      "Bring images to this size first and to --size when they are augmented, so that rotated and tilted ones keep "
        + "their detail (default: --size).", valueName: "size"),
    transform: { try ImageSize(reading: $0) })
  var presize: ImageSize?

  @Option(
    help: ArgumentHelp(
      "How an image becomes one of that shape: crop (a random part of the whole length in training, else the middle), "
        + "squish, pad (mirrored), or random (a part of random size in training) (default: crop, of as large a part as "
        + "--weights say).", valueName: "way"
    ))
  var resize: Resizing?

  @Option(
    help: ArgumentHelp(
      "How pixels are weighed where an image is resized: bilinear or bicubic (default: as --weights say, else bilinear).",
      valueName: "name"))
  var interpolation: Interpolation?

  @Option(
    help: ArgumentHelp(
      "grey, rgb, or the numbers of channels to keep, such as 0,3,5 (default: rgb of images with 1 or 3, else all).",
      valueName: "channels"),
    transform: { try ChannelChoice($0) })
  var channels: ChannelChoice?

  @Flag(help: "Change nothing at random.")
  var noAugmentation = false

  @Option(help: ArgumentHelp("The probability of a mirror image.", valueName: "share"))
  var flip: Double?

  @Option(help: ArgumentHelp("The probability of one upside down.", valueName: "share"))
  var flipVertical: Double?

  @Option(help: ArgumentHelp("Rotate by up to so many degrees.", valueName: "degrees"))
  var rotate: Double?

  @Option(help: ArgumentHelp("Enlarge up to so many times.", valueName: "factor"))
  var zoom: Double?

  @Option(help: ArgumentHelp("Tilt the plane by up to so much.", valueName: "share"))
  var warp: Double?

  @Option(
    help: ArgumentHelp("Change brightness and contrast by up to so much.", valueName: "share"))
  var lighting: Double?

  @Option(
    help: ArgumentHelp(
      "Show a square part of at least this share of the image, enlarged.", valueName: "share"))
  var cropScale: Double?

  @Option(help: ArgumentHelp("The probability that a rectangle is erased.", valueName: "share"))
  var erase: Double?

  /// What was given of the options of augmentation, by name.
  private var givenAugmentation: [(name: String, value: Double)] {
    [
      ("flip", flip), ("flip-vertical", flipVertical), ("rotate", rotate), ("zoom", zoom),
      ("warp", warp), ("lighting", lighting), ("crop-scale", cropScale), ("erase", erase),
    ].compactMap { name, value in value.map { (name, $0) } }
  }

  func validate() throws {
    if noAugmentation, let given = givenAugmentation.first {
      throw ValidationError("--\(given.name) does not go with --no-augmentation.")
    }
    if let cropScale, !(cropScale > 0 && cropScale <= 1) {
      throw ValidationError("--crop-scale must be above 0 and at most 1.")
    }
    if let zoom, !(zoom >= 1 && zoom <= 100) {
      throw ValidationError("--zoom must be from 1 to 100.")
    }
    if let fault = augmentation.fault ?? self.fault(channels: channels?.count ?? 1) {
      throw ValidationError("What is asked for can't be: \(fault).")
    }
  }

  private var augmentation: Augmentation {
    if noAugmentation { return .none }
    var augmentation = Augmentation()
    if let flip { augmentation.flip = flip }
    if let flipVertical { augmentation.verticalFlip = flipVertical }
    if let rotate { augmentation.rotation = rotate }
    if let zoom { augmentation.zoom = 1...max(zoom, 1) }
    if let warp { augmentation.warp = warp }
    if let lighting { augmentation.lighting = lighting }
    if let cropScale {
      augmentation.crop = RandomResizedCrop(
        scale: min(max(cropScale, RandomResizedCrop.leastScale), 1)...1, ratio: 1...1)
    }
    if let erase { augmentation.erasing = erase }
    return augmentation
  }

  /// What a model sees where nothing says so, in pixels.
  private static let usualSize = 128

  /// The sizes of images, one after the other, of a training that starts from `weights`.
  private func sizes(_ weights: PretrainedInput?) -> SizeChoice {
    size ?? SizeChoice(weights?.size ?? ImageSize(Self.usualSize))
  }

  private func framing(_ weights: PretrainedInput?) -> Framing {
    resize?.framing ?? weights?.cropShare.map { .centerCrop(share: $0) } ?? .crop
  }

  /// The transforms, for a model that sees so many channels and starts from `weights`, which say what no option does.
  /// Throws where such images are too large.
  func transform(channels: Int, from weights: PretrainedInput?) throws -> ImageTransform {
    if let fault = fault(channels: channels, weights) {
      throw CommandFailure(
        fault, remedy: "Give a smaller --size and --presize, or fewer --channels.")
    }
    return transform(to: sizes(weights).last, channels: channels, weights)
  }

  private func transform(
    to size: ImageSize, channels: Int, _ weights: PretrainedInput?
  ) -> ImageTransform {
    var transform = ImageTransform(size: size, presize: presize)
    transform.channels = channels
    transform.framing = framing(weights)
    transform.interpolation = interpolation(weights)
    transform.augmentation = augmentation
    return transform
  }

  /// What was asked for, or said by `weights`; nil where neither says.
  private func interpolation(_ weights: PretrainedInput?) -> Interpolation? {
    interpolation ?? weights?.interpolation
  }

  /// What is wrong with the sizes, for a model that sees so many channels; nil when nothing is.
  private func fault(channels: Int, _ weights: PretrainedInput? = nil) -> String? {
    sizes(weights).sizes.lazy.compactMap { transform(to: $0, channels: channels, weights).fault }
      .first
  }

  /// What is taken from timm's description beside the weights, by its names, where a model sees so many channels; nil
  /// where nothing is.
  func words(takenFrom weights: PretrainedInput?, channels: Int) -> String? {
    guard let weights, let path = weights.configurationPath else { return nil }
    var taken: [String] = []
    if size == nil, let size = weights.size { taken.append("input_size \(size)") }
    if resize == nil, let share = weights.cropShare { taken.append("crop_pct \(share)") }
    if interpolation == nil, let own = weights.interpolation {
      taken.append("interpolation \(own.rawValue)")
    }
    if weights.statesNormalization(channels: channels) { taken.append("mean and std") }
    return taken.isEmpty ? nil : "taken from \(path): \(taken.joined(separator: ", "))"
  }

  /// How many channels a model sees where nothing was said of a data set whose first image is this one: those of
  /// the image, and 3 of a grey one.
  func channelCount(of image: Image) -> Int {
    channels?.count ?? (image.channels == 1 ? 3 : image.channels)
  }

  /// What was asked for, or said by `weights`, for a run's record.
  func record(from weights: PretrainedInput?) -> [String: String] {
    var record = [
      "size": sizes(weights).text, "resize": (resize ?? .crop).rawValue,
      "interpolation": (interpolation(weights) ?? .bilinear).rawValue,
    ]
    if case .centerCrop(let share) = framing(weights) { record["crop-share"] = "\(share)" }
    if let presize { record["presize"] = "\(presize)" }
    if let channels { record["channels"] = channels.text }
    if noAugmentation { record["no-augmentation"] = "true" }
    for (name, value) in givenAugmentation { record[name] = "\(value)" }
    return record
  }

  /// The shorter side that an image must be decoded at for a training from `weights`, so that no detail is lost that
  /// is looked at.
  func shortestSide(from weights: PretrainedInput?) -> Int {
    let framing = framing(weights)
    func side(_ size: ImageSize) -> Int { framing.shortestSide(for: size, isTraining: true) }
    return presize.map(side) ?? sizes(weights).sizes.map(side).max() ?? 1
  }
}

/// The sizes of images, as they are trained on one after the other; most often one.
struct SizeChoice: Equatable {
  let sizes: [ImageSize]

  init(_ size: ImageSize) { sizes = [size] }

  /// Reads sizes with commas between them.
  init(_ text: String) throws {
    sizes = try text.split(separator: ",", omittingEmptySubsequences: false).map {
      try ImageSize(reading: String($0))
    }
  }

  /// What a model sees.
  var last: ImageSize { sizes[sizes.count - 1] }

  var text: String { sizes.map { "\($0)" }.joined(separator: ",") }
}

extension Interpolation: ExpressibleByArgument {}

/// The ways of ``Framing`` by name.
enum Resizing: String, ExpressibleByArgument, CaseIterable {
  case crop
  case squish
  case pad
  case random

  var framing: Framing {
    switch self {
    case .crop: .crop
    case .squish: .squish
    case .pad: .pad
    case .random: .randomResizedCrop(RandomResizedCrop())
    }
  }
}

/// Which channels of images a model sees.
struct ChannelChoice: Equatable {
  /// As it was given.
  let text: String
  /// The numbers of the channels to keep; nil for all.
  let kept: [Int]?
  /// How many a model sees.
  let count: Int

  /// Reads `grey`, `rgb` or numbers from 0.
  init(_ text: String) throws {
    self.text = text
    switch text {
    case "grey", "gray": (kept, count) = (nil, 1)
    case "rgb": (kept, count) = (nil, 3)
    default:
      let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      let highest = ImageModelDescription.keptChannelLimit
      guard numbers.count <= ImageTransform.channelLimit,
        numbers.allSatisfy({ $0.map { (0...highest).contains($0) } ?? false })
      else {
        throw ValidationError("--channels takes grey, rgb, or numbers from 0, such as 0,3,5.")
      }
      kept = numbers.compactMap(\.self)
      count = numbers.count
    }
  }
}

extension ImageSize {
  /// Reads a side, or width and height with an x between them, from 1 to 8192.
  init(reading text: String) throws {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(sides.count), let width = sides[0], let height = sides[sides.count - 1],
      (1...ImageTransform.sideLimit).contains(width),
      (1...ImageTransform.sideLimit).contains(height)
    else {
      throw ValidationError("'\(text)' is no size: give a side, such as 224, or WIDTHxHEIGHT.")
    }
    self.init(width: width, height: height)
  }
}
