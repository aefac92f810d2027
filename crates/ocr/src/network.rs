//! The one place that knows rten: a model, its input, its output.

use std::sync::Arc;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};
use rten_tensor::{AsView, NdTensor};

use crate::onnx;

/// A network with one input of pictures and one output. Its sums run in one thread.
pub(crate) struct Network {
    model: Model,
    input: NodeId,
    output: NodeId,
    pool: Arc<ThreadPool>,
}

impl Network {
    /// Of the bytes of an ONNX file; says what is wrong with them.
    pub fn new(bytes: &[u8], pool: &Arc<ThreadPool>) -> Result<Self, String> {
        // All operators: a choice of them would be compiled anew in this crate, which takes minutes.
        let bytes = onnx::without_tiny_weights(bytes).ok_or("its bytes are damaged")?;
        let model = ModelOptions::with_all_ops().prepack_weights(true).load(bytes).map_err(|e| e.to_string())?;
        let (&[input], &[output]) = (model.input_ids(), model.output_ids()) else {
            return Err("it has not one input and one output".into());
        };
        Ok(Self { model, input, output, pool: pool.clone() })
    }

    /// Runs it on `[pictures, channels, rows, columns]`.
    pub fn run<const N: usize>(&self, shape: [usize; 4], values: Vec<f32>) -> Result<([usize; N], Vec<f32>), String> {
        let input = NdTensor::from_data(shape, values);
        let options = RunOptions::default().with_thread_pool(Some(self.pool.clone()));
        let ran = self.model.run_n(vec![(self.input, input.view().into())], [self.output], Some(options));
        let [output] = ran.map_err(|e| e.to_string())?;
        output.into_shape_vec::<f32, N>().map_err(|e| e.to_string())
    }
}
