import Errors
import Images
import Layers
package import ModelRegistry
import Synchronization
package import TensorCore

extension ModelForm {
  /// Image models.
  package static let image = ModelForm(ImageModel.formName) { file throws(ModelFileError) in
    try ImageModel(file)
  }
}

/// An open image model: the description is read at once, the weights on first use.
///
/// The file is untrusted: invalid contents result in an error.
package final class ImageModel: PublishedModel {
  static let formName = "image-model"
  static let formatKey = "latent.format"
  /// Incremented when readers of the previous version would misread a file. Version 2 added the calibration, which
  /// thresholds belong to; version 3 the kept channels; version 4 bicubic interpolation.
  static let formatVersion = 4
  static let descriptionKey = "latent.image_model"
  static let remedy = "Use an intact copy of the file, or train again."

  package let description: ImageModelDescription
  private let file: SafetensorsFile
  private let predictor = Mutex<Predictor?>(nil)

  /// Reads the model from an open file; reads the header only.
  ///
  /// Throws ``ModelFileError`` if it is not an image model, was written by a newer Latent, or its description is
  /// invalid.
  package init(_ file: SafetensorsFile) throws(ModelFileError) {
    func refused(_ code: ModelFileErrorCode, _ problem: String) -> ModelFileError {
      ModelFileError(code, problem, place: file.path, remedy: Self.remedy)
    }
    guard file.metadata[ModelForm.metadataKey] == Self.formName else {
      throw refused(.foreign, "not an image model")
    }
    guard let version = Int(file.metadata[Self.formatKey] ?? ""), version > 0 else {
      throw refused(.badContents, "its format version is missing or invalid")
    }
    guard version <= Self.formatVersion else {
      throw ModelFileError(
        .tooNew, "its format is \(version), and this Latent reads up to \(Self.formatVersion)",
        place: file.path, remedy: "Use the Latent that wrote it, or a newer one.")
    }
    guard let text = file.metadata[Self.descriptionKey] else {
      throw refused(.badContents, "its description is missing")
    }
    description = try ImageModelDescription(reading: text, of: file)
    self.file = file
  }

  /// The possible values of ``kind``: the names of the backbones. By these, records identify an image model even if
  /// its file is damaged.
  package static var kinds: [String] { ResNetVariant.allCases.map(\.rawValue) }

  package var path: String { file.path }
  package var kind: String { description.backbone.rawValue }
  package var people: (any PeopleInModel)? { nil }
  package var takesData: Bool { true }

  package var facts: [ModelFact] {
    let names = description.task.outputNames
    return [
      ModelFact("task", .text(description.task.name)),
      ModelFact(
        "outputs", .integer(names.count),
        wording: names.count <= 12 ? "\(names.count): \(names.joined(separator: ", "))" : nil),
      ModelFact("image_size", .text("\(description.input.size)")),
      ModelFact(
        "channels", .integer(description.input.channels),
        wording: description.keptChannels.map { _ in description.channelWords }),
      ModelFact("precision", .text(description.quantization == nil ? "float32" : "int8")),
    ] + calibrationFacts
  }

  private var calibrationFacts: [ModelFact] {
    guard let calibration = description.calibration else { return [] }
    guard case .multilabel(let labels, let thresholds) = description.task else {
      return [ModelFact("temperature", .number(Double(calibration.temperatures[0]), decimals: 3))]
    }
    func list(_ numbers: [Float]) -> String {
      zip(labels, numbers).prefix(12)
        .map { "\($0) \(($1 * 1000).rounded() / 1000)" }.joined(separator: ", ")
    }
    return [
      ModelFact("temperatures", .text(list(calibration.temperatures))),
      ModelFact("thresholds", .text(list(thresholds))),
    ]
      + (calibration.overallThreshold.map {
        [ModelFact("overall_threshold", .number(Double($0), decimals: 3))]
      } ?? [])
  }

  /// Returns a network with the file's weights. Throws ``ModelFileErrorCode/wrongTensor`` if they do not fit, and
  /// ``ModelFileErrorCode/badContents`` unless all are finite and no variance is negative.
  package func network() throws(ModelFileError) -> ImageNetwork {
    var random = RandomStream(seed: 0, stream: 0)
    let network = description.network(random: &random)
    try ParameterLoading.load(network, from: file)
    for (name, tensor) in network.namedState() where tensor.value.elementType == .float32 {
      let fault = tensor.value.withElements { numbers in
        numbers.firstIndex { !$0.isFinite || (name.hasSuffix("running_var") && $0 < 0) }
      }
      if let fault {
        throw ModelFileError(
          .badContents, "'\(name)' holds \(tensor.value.elements()[fault]) at \(fault)",
          place: path, remedy: Self.remedy)
      }
    }
    return network
  }

  /// Prepares the network for prediction, if the file allows it.
  package func prepare() { _ = try? prepared() }

  /// Reads all weights and checks that the network can predict with them.
  package func verifyContents() throws(ModelFileError) { _ = try makePredictor() }

  /// Returns predictions `[batch, outputs]`, all finite, for images that ``ImageTransform`` produced,
  /// `[batch, channels, height, width]`. Throws ``ModelFileError`` if the weights do not fit or are not finite, if the
  /// images do not fit, or if a prediction is not finite.
  package func predictions(
    for images: Tensor, on context: ComputeContext = .current
  ) throws(ModelFileError) -> Tensor {
    let predictor = try prepared()
    let predictions: Tensor
    do throws(TensorError) {
      predictions = try context.run { () throws(TensorError) in
        try description.predictions(of: predictor(images, on: context))
      }
    } catch {
      throw ModelFileError(.badContents, error.problem, place: path, remedy: error.remedy)
    }
    try checkFinite(predictions, "answers")
    return predictions
  }

  /// Throws ``ModelFileErrorCode/badContents`` if a result computed from finite weights is not finite. `words` names
  /// the computation, as in "answers".
  package func checkFinite(_ numbers: Tensor, _ words: String) throws(ModelFileError) {
    let fault = numbers.withElements { numbers in numbers.first { !$0.isFinite } }
    guard let fault else { return }
    throw ModelFileError(
      .badContents, "the model \(words) \(fault), which is not a finite number", place: path,
      remedy: Self.remedy)
  }

  /// Returns the network prepared for prediction. Throws if that fails, whatever the file contains.
  func prepared() throws(ModelFileError) -> Predictor {
    if let predictor = predictor.withLock({ $0 }) { return predictor }
    let made = try makePredictor()
    return predictor.withLock { kept in
      if let kept { return kept }
      kept = made
      return made
    }
  }

  private func makePredictor() throws(ModelFileError) -> Predictor {
    let network = try network()
    guard let named = description.quantization else { return Predictor(network) }
    guard let ranges = ActivationRanges(named, of: network) else {
      throw ModelFileError(
        .badContents, "its activation ranges do not match its convolutions", place: path,
        remedy: Self.remedy)
    }
    do throws(TensorError) { return try Predictor(network, quantizedBy: ranges) } catch {
      throw ModelFileError(.badContents, error.problem, place: path, remedy: Self.remedy)
    }
  }
}
