package import Images
package import ModelRegistry

/// The preprocessing that pretrained weights were trained with. Training from them adopts it, so that the body gets
/// the kind of input that it knows.
package struct PretrainedInput: Hashable, Sendable {
  /// The network's input size, timm's `input_size`; nil if unspecified.
  package let size: ImageSize?
  /// The share of an image's shorter side that is cropped to, timm's `crop_pct`; nil if unspecified.
  package let cropShare: Double?
  /// nil if unspecified.
  package let interpolation: Interpolation?
  /// The path of timm's configuration, if there is one.
  package let configurationPath: String?
  private let normalising: Normalising

  private enum Normalising: Hashable {
    /// nil for no normalisation.
    case stated(Normalization?)
    case unstated
  }

  /// Reads it from a Latent model, or from timm's `config.json` beside a file called `model.safetensors`. Otherwise
  /// nothing is specified, and ImageNet's normalisation is assumed, as most weights are ImageNet's.
  ///
  /// The size of a Latent model is not adopted, since it was chosen for the images of its own training. Throws
  /// ``ModelFileErrorCode/badContents`` if either description is invalid.
  package init(of file: SafetensorsFile) throws(ModelFileError) {
    guard file.metadata[ModelForm.metadataKey] == nil else {
      let input = try ImageModel(file).description.input
      (size, configurationPath) = (nil, nil)
      cropShare = if case .centerCrop(let share) = input.framing { share } else { nil }
      interpolation = input.interpolation
      normalising = .stated(input.normalization)
      return
    }
    let configuration = try PretrainedConfiguration(of: file.path)
    size = configuration?.size
    cropShare = configuration?.cropShare
    interpolation = configuration?.interpolation
    configurationPath = configuration?.path
    normalising = configuration?.normalization.map { .stated($0) } ?? .unstated
  }

  /// Returns the normalisation for images of `channels` channels: the specified one, or else ImageNet's for three
  /// channels. nil for none.
  package func normalization(channels: Int) -> Normalization? {
    switch normalising {
    case .stated(let own): own?.mean.count == channels ? own : nil
    case .unstated: channels == 3 ? .imageNet : nil
    }
  }

  /// Returns whether means and deviations for that many channels are specified, rather than assumed.
  package func statesNormalization(channels: Int) -> Bool {
    if case .stated(let own?) = normalising { own.mean.count == channels } else { false }
  }
}
