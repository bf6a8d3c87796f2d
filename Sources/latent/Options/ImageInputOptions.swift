import ArgumentParser
import Errors
import ImageModels
import Images

/// Options for resizing and cropping images to the model's input, and for augmentation.
struct ImageInputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model's input size in pixels: a side, or WIDTHxHEIGHT. A training takes several, such as 64,128, for "
        + "progressive resizing; the last is the model's (default: as --weights say, else \(usualSize)).",
      valueName: "sizes"),
    transform: { try SizeChoice($0) })
  var size: SizeChoice?

  @Option(
    help: ArgumentHelp(
      "Resize images to this size first, and to --size during augmentation, so that rotated and tilted images keep "
        + "their detail (default: --size).", valueName: "size"),
    transform: { try ImageSize(reading: $0) })
  var presize: ImageSize?

  @Option(
    help: ArgumentHelp(
      "How to fit images to the input's shape: crop (the largest such part, at random in training, else centred), "
        + "squish, pad (by reflection), or random (a crop of random size in training) (default: crop, of as large a part as "
        + "--weights say).", valueName: "way"
    ))
  var resize: Resizing?

  @Option(
    help: ArgumentHelp(
      "The interpolation for resizing: bilinear or bicubic (default: as --weights say, else bilinear).",
      valueName: "name"))
  var interpolation: Interpolation?

  @Option(
    help: ArgumentHelp(
      "grey, rgb, or the indices of the channels to keep, such as 0,3,5 (default: rgb for images with 1 or 3 channels, else all).",
      valueName: "channels"),
    transform: { try ChannelChoice($0) })
  var channels: ChannelChoice?

  @Flag(help: "Turn augmentation off.")
  var noAugmentation = false

  @Option(help: ArgumentHelp("The probability of a horizontal flip.", valueName: "share"))
  var flip: Double?

  @Option(help: ArgumentHelp("The probability of a vertical flip.", valueName: "share"))
  var flipVertical: Double?

  @Option(help: ArgumentHelp("The maximum rotation in degrees.", valueName: "degrees"))
  var rotate: Double?

  @Option(help: ArgumentHelp("The maximum zoom factor.", valueName: "factor"))
  var zoom: Double?

  @Option(help: ArgumentHelp("The maximum strength of the perspective warp.", valueName: "share"))
  var warp: Double?

  @Option(
    help: ArgumentHelp("The maximum change of brightness and contrast.", valueName: "share"))
  var lighting: Double?

  @Option(
    help: ArgumentHelp(
      "Crop a random square of at least this share of the image, and enlarge it.",
      valueName: "share"))
  var cropScale: Double?

  @Option(help: ArgumentHelp("The probability of erasing a random rectangle.", valueName: "share"))
  var erase: Double?

  /// The augmentation options that were given, by name.
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
      throw ValidationError("These options are invalid: \(fault).")
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

  /// The default input size in pixels.
  private static let usualSize = 128

  /// Returns the image sizes, in order, of a training that starts from `weights`.
  private func sizes(_ weights: PretrainedInput?) -> SizeChoice {
    size ?? SizeChoice(weights?.size ?? ImageSize(Self.usualSize))
  }

  private func framing(_ weights: PretrainedInput?) -> Framing {
    resize?.framing ?? weights?.cropShare.map { .centerCrop(share: $0) } ?? .crop
  }

  /// Returns the transforms for a model with so many input channels that starts from `weights`, which supply the
  /// defaults of options that are not given. Throws if such images are too large.
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

  /// Returns the requested interpolation, else that of `weights`; nil if neither states one.
  private func interpolation(_ weights: PretrainedInput?) -> Interpolation? {
    interpolation ?? weights?.interpolation
  }

  /// Returns the problem with the sizes, for a model with so many input channels; nil if there is none.
  private func fault(channels: Int, _ weights: PretrainedInput? = nil) -> String? {
    sizes(weights).sizes.lazy.compactMap { transform(to: $0, channels: channels, weights).fault }
      .first
  }

  /// Returns the settings taken from timm's `config.json` beside the weights, by its names, for a model with so many
  /// input channels; nil if there are none.
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

  /// Returns the number of input channels for a data set whose first image is `image`. By default it is the image's
  /// number of channels, and 3 for a grey image.
  func channelCount(of image: Image) -> Int {
    channels?.count ?? (image.channels == 1 ? 3 : image.channels)
  }

  /// Returns the options in effect, including those taken from `weights`, for a run's record.
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

  /// Returns the length of the shorter side at which images must be decoded for a training from `weights`, so that no
  /// visible detail is lost.
  func shortestSide(from weights: PretrainedInput?) -> Int {
    let framing = framing(weights)
    func side(_ size: ImageSize) -> Int { framing.shortestSide(for: size, isTraining: true) }
    return presize.map(side) ?? sizes(weights).sizes.map(side).max() ?? 1
  }
}

/// The image sizes of a training, in order; usually a single size.
struct SizeChoice: Equatable {
  let sizes: [ImageSize]

  init(_ size: ImageSize) { sizes = [size] }

  /// Parses comma-separated sizes.
  init(_ text: String) throws {
    sizes = try text.split(separator: ",", omittingEmptySubsequences: false).map {
      try ImageSize(reading: String($0))
    }
  }

  /// The model's input size.
  var last: ImageSize { sizes[sizes.count - 1] }

  var text: String { sizes.map { "\($0)" }.joined(separator: ",") }
}

extension Interpolation: ExpressibleByArgument {}

/// The kinds of ``Framing`` by name.
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

/// The channels of images that a model takes.
struct ChannelChoice: Equatable {
  /// The option's value as given.
  let text: String
  /// The indices of the channels to keep; nil for all.
  let kept: [Int]?
  /// The model's number of input channels.
  let count: Int

  /// Parses `grey`, `rgb` or numbers from 0.
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
  /// Parses a side, or width and height with an x between them, each from 1 to 8192.
  init(reading text: String) throws {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard (1...2).contains(sides.count), let width = sides[0], let height = sides[sides.count - 1],
      (1...ImageTransform.sideLimit).contains(width),
      (1...ImageTransform.sideLimit).contains(height)
    else {
      throw ValidationError("'\(text)' is not a size: give a side, such as 224, or WIDTHxHEIGHT.")
    }
    self.init(width: width, height: height)
  }
}
