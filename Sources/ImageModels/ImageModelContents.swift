import Layers
package import ModelRegistry
import TensorCore

/// A trained network with its description, to be written as a model file. The file is plain safetensors; each
/// parameter and buffer has its torchvision name prefixed by `backbone.`, or its fastai name prefixed by `head.`.
package struct ImageModelContents: EncodableModel {
  private let description: ImageModelDescription
  private let tensors: [(name: String, value: Tensor)]

  /// Takes the current weights of `network`.
  package init(_ description: ImageModelDescription, _ network: ImageNetwork) {
    self.description = description
    tensors = network.namedState().map { ($0.name, $0.tensor.value) }
  }

  package func write(to path: String) throws(ModelFileError) -> FileDigest {
    try SafetensorsWriter.write(
      tensors.map { name, value in
        OutgoingTensor(name, value.elementType, value.shape) { stream throws(ModelFileError) in
          try stream.append(value)
        }
      },
      metadata: [
        ModelForm.metadataKey: ImageModel.formName,
        ImageModel.formatKey: "\(ImageModel.formatVersion)",
        ImageModel.descriptionKey: description.text,
      ], to: path)
  }
}
