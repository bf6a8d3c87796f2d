import Errors
import Foundation
import Images
import ModelRegistry

/// timm's `config.json` beside a file of weights, as far as it describes the images that they were trained on. The
/// fields are under `pretrained_cfg`, or, in timm's early files, at the top level beside the network's name.
struct PretrainedConfiguration {
  let path: String
  /// nil where the file does not specify it, as for the next three.
  let normalization: Normalization?
  let size: ImageSize?
  /// The share of the shorter side that is cropped to.
  let cropShare: Double?
  let interpolation: Interpolation?

  /// The maximum number of bytes read: timm's files have about a thousand.
  private static let byteLimit = 1 << 20

  /// Reads the file that belongs to the weights at `path`; nil if there is none by timm. Throws
  /// ``ModelFileErrorCode/badContents`` if it is too long, not JSON, or invalid.
  init?(of weights: String) throws(ModelFileError) {
    guard (weights as NSString).lastPathComponent == "model.safetensors" else { return nil }
    let path = ((weights as NSString).deletingLastPathComponent as NSString)
      .appendingPathComponent("config.json")
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    func refused(_ problem: String) -> ModelFileError {
      ModelFileError(
        .badContents, problem, place: path,
        remedy:
          "Fetch it again, or rename the weights: then it is ignored, and images are "
          + "normalised as ImageNet's.")
    }
    guard let data = try? file.read(upToCount: Self.byteLimit + 1), data.count <= Self.byteLimit,
      let contents = try? JSONDecoder().decode(Contents.self, from: data)
    else { throw refused("it is not a valid timm configuration in JSON") }
    guard let fields = contents.fields else { return nil }
    do throws(Fault) {
      normalization = try fields.normalization()
      size = try fields.size()
      cropShare = try fields.cropShare()
      interpolation = try fields.interpolation()
    } catch {
      throw refused(error.problem)
    }
    self.path = path
  }

  /// An invalid field.
  private struct Fault: Error {
    let problem: String
  }

  private struct Contents: Decodable {
    /// nil for another program's file.
    let fields: Fields?

    private enum CodingKeys: String, CodingKey {
      case nested = "pretrained_cfg"
      case architecture
    }

    init(from decoder: any Decoder) throws {
      let top = try decoder.container(keyedBy: CodingKeys.self)
      if let nested = try top.decodeIfPresent(Fields.self, forKey: .nested) {
        fields = nested
      } else {
        fields = top.contains(.architecture) ? try Fields(from: decoder) : nil
      }
    }
  }

  private struct Fields: Decodable {
    private let means: [Float]?
    private let deviations: [Float]?
    private let inputSize: [Int]?
    private let share: Double?
    private let cropMode: String?
    private let interpolationName: String?

    private enum CodingKeys: String, CodingKey {
      case means = "mean"
      case deviations = "std"
      case inputSize = "input_size"
      case share = "crop_pct"
      case cropMode = "crop_mode"
      case interpolationName = "interpolation"
    }

    func normalization() throws(Fault) -> Normalization? {
      guard let means, let deviations else { return nil }
      guard means.count == deviations.count, !means.isEmpty, means.allSatisfy(\.isFinite),
        deviations.allSatisfy({ $0 > 0 && $0.isFinite })
      else { throw Fault(problem: "its mean and std are not valid values per channel") }
      return Normalization(mean: means, deviation: deviations)
    }

    /// Returns the size in `input_size`: channels, height, width.
    func size() throws(Fault) -> ImageSize? {
      guard let inputSize else { return nil }
      guard inputSize.count == 3, (1...ImageTransform.channelLimit).contains(inputSize[0]),
        inputSize[1...].allSatisfy({ (1...ImageTransform.sideLimit).contains($0) })
      else {
        throw Fault(
          problem:
            "its input_size is \(inputSize.prefix(4)), not channels, height and width with sides from 1 to "
            + "\(ImageTransform.sideLimit)")
      }
      return ImageSize(width: inputSize[2], height: inputSize[1])
    }

    func cropShare() throws(Fault) -> Double? {
      guard cropMode ?? "center" == "center" else {
        throw Fault(
          problem:
            "its crop_mode is '\(Excerpt.of(cropMode ?? ""))', and only center is supported"
        )
      }
      guard let share else { return nil }
      guard (Framing.leastShare...1).contains(share) else {
        throw Fault(problem: "its crop_pct is \(share), not from \(Framing.leastShare) to 1")
      }
      return share
    }

    func interpolation() throws(Fault) -> Interpolation? {
      guard let interpolationName else { return nil }
      guard let interpolation = Interpolation(rawValue: interpolationName) else {
        let known = Interpolation.allCases.map(\.rawValue).joined(separator: " and ")
        throw Fault(
          problem:
            "its interpolation is '\(Excerpt.of(interpolationName))', "
            + "and only \(known) are supported"
        )
      }
      return interpolation
    }
  }
}
