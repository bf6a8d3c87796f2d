import Errors
import ImageModels
import ImageReports
import Images
import Layers
import ModelRegistry
import TensorCore
import TestEnvironment
import Testing

/// Tests the maps of where a model looks.
struct ExplainerTests {
  /// Weights and answers are finite, but the derivatives are not.
  @Test func aMapOfWhatIsNoNumberIsAnError() throws {
    let folder = try TemporaryFolder()
    let description = ImageModelDescription(
      task: .multilabel(labels: ["a", "b"], thresholds: [0.5, 0.5]), backbone: .resnet18,
      input: ImageTransform(size: ImageSize(32)))
    var random = RandomStream(seed: 1, stream: 1)
    let network = description.network(random: &random)
    let path = folder.path("model.safetensors")
    let image = Image(
      width: 32, height: 32, channels: 3,
      samples: .uint8([UInt8](repeating: 90, count: 32 * 32 * 3))
    )
    func overlays() throws -> [Image] {
      _ = try ImageModelContents(description, network).write(to: path)
      let model = try ImageModel(SafetensorsFile(path))
      let input = try ModelInput(DecodedImage(image), for: model, named: "x")
      #expect(try model.answers(for: [input], on: .current)[0].values.allSatisfy(\.isFinite))
      return try Explainer(model).overlays(
        of: [Explainer.Question(input, output: 1)], side: 32, on: .current)
    }
    #expect(try overlays().map(\.size) == [image.size])
    for (name, parameter) in network.namedParameters() {
      let count = parameter.value.elementCount
      // The last norm outputs 1 everywhere, and its derivatives overflow.
      if name == "head.6.bias" {
        parameter.value = Tensor([count], [Float](repeating: 1, count: count))
      }
      if name == "head.6.weight" {
        parameter.value = Tensor([count], [Float](repeating: 1e20, count: count))
      }
      if name == "head.8.weight" {
        parameter.value = Tensor(parameter.value.shape, [Float](repeating: 1e30, count: count))
      }
    }
    let error = #expect(throws: ModelFileError.self) { try overlays() }
    #expect(error?.code == .badContents && error?.problem.contains("not a finite number") == true)
  }
}
